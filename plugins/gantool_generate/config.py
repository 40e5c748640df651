"""What rebuilds a generator, and the presets there are. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gantool.errors import UsageError, nearest
from gantool.networks.config import NetworkConfig

ARCHITECTURE = "gantool-generate"

SIDES = (28, 32, 64, 128, 256)
"""Sides of pictures, in pixels, that generators make; 28 is that of MNIST's digits."""

CHANNELS = (1, 3)
"""Channels of pictures: grey or colour."""

LABEL_SEPARATOR = "/"
"""What parts class names on a card; no folder's name contains it."""


class Preset(StrEnum):
    """The networks there are, from the first GAN to a modern one."""

    mlp = "mlp"
    dcgan = "dcgan"
    resnet_sn = "resnet-sn"
    style = "style"


@dataclass(frozen=True)
class GenerateConfig(NetworkConfig):
    """All that rebuilding a generator needs.

    `labels` are the names of its classes, joined by slashes; empty without classes. `width` is the number
    of features at half the picture's side; each halving has twice as many, at most four times `width`.
    `truncation` is what samples are drawn with where nothing is asked for, in (0, 1].
    """

    preset: str
    side: int
    channels: int
    latent: int
    width: int
    labels: str = ""
    truncation: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what no network can be built from."""
        if self.preset not in list(Preset):
            raise UsageError(f"unknown preset {self.preset!r}", nearest(self.preset, list(Preset)))
        if self.side not in SIDES:
            raise UsageError(f"no preset makes pictures of {self.side} pixels", f"sides are {SIDES}")
        if self.channels not in CHANNELS:
            raise UsageError(
                f"no preset makes pictures of {self.channels} channels", "1 is grey, 3 is colour"
            )

    @property
    def class_names(self) -> tuple[str, ...]:
        """Return the names of the classes, in their order; empty without classes."""
        return tuple(self.labels.split(LABEL_SEPARATOR)) if self.labels else ()

    @property
    def classes(self) -> int:
        """Return how many classes there are, 0 without."""
        return len(self.class_names)

    @property
    def doublings(self) -> int:
        """Return how often the first grid, of 7 x 7 or 4 x 4 cells, is doubled up to the side."""
        return (self.side // self.first_side).bit_length() - 1

    @property
    def first_side(self) -> int:
        """Return the side of the first grid."""
        return 7 if self.side == 28 else 4

    def features(self, side: int) -> int:
        """Return how many features there are where the grid has `side` cells a side."""
        return self.width * min(4, max(1, self.side // 2 // side))
