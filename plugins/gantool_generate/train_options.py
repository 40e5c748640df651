"""Options of `train generate`, and the settings that suit each preset. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from gantool.errors import UsageError
from gantool_generate.config import SIDES, Preset

PATH_LENGTH, SAMENESS = "path_length", "sameness"
_ABOUT_PRESETS = (
    "mlp: dense networks, the 2014 game. dcgan: transposed convolutions. resnet-sn: spectral norm, hinge, "
    "projection. style: mapping network, modulated convolutions."
)

Values = Mapping[str, int | float | str]


@dataclass(frozen=True)
class TrainGenerateOptions:
    """Options of `train generate`."""

    preset: Annotated[Preset, typer.Option(help=_ABOUT_PRESETS)] = Preset.resnet_sn
    name: Annotated[str, typer.Option(help="The weight becomes generate-NAME; the preset's by default.")] = ""
    side: Annotated[
        int, typer.Option(help="28, 32, 64, 128 or 256 pixels; 0 is the largest that the data allow.", min=0)
    ] = 0
    channels: Annotated[int, typer.Option(help="1 grey, 3 colour; 0 is what the data are.", min=0)] = 0
    crop: Annotated[bool, typer.Option("--crop", help="Cut the middle square out of each picture.")] = False
    mirror: Annotated[bool, typer.Option("--mirror", help="Show half of the pictures mirrored.")] = False
    conditional: Annotated[
        bool, typer.Option(help="Learn to make a wanted class, where the data have classes.")
    ] = True
    latent: Annotated[int, typer.Option(help="Values of a latent; 0 is the preset's.", min=0)] = 0
    width: Annotated[
        int, typer.Option(help="Features at half the picture's side; 0 is the preset's.", min=0)
    ] = 0
    truncation: Annotated[
        float,
        typer.Option(help="What samples are drawn with where `sample` is told none.", min=0.0, max=1.0),
    ] = 1.0

    def __post_init__(self) -> None:
        """Refuse sides and channels that no preset has."""
        if self.side and self.side not in SIDES:
            raise UsageError(
                f"--side {self.side} is not possible", f"use one of {', '.join(map(str, SIDES))}"
            )
        if self.channels not in (0, 1, 3):
            raise UsageError(
                f"--channels {self.channels} is not possible", "use 1 or 3, or 0 for the data's own"
            )

    @property
    def latent_size(self) -> int:
        """Return the latent's size: 100 in 2014, 64 elsewhere."""
        return self.latent or (100 if self.preset in (Preset.mlp, Preset.dcgan) else 64)

    @property
    def feature_width(self) -> int:
        """Return the features at half the picture's side."""
        return self.width or 32


def smallest_side(options: TrainGenerateOptions) -> int:
    """Return the shortest side a picture may have."""
    return options.side or SIDES[0]


def trainer_settings(options: TrainGenerateOptions) -> Values:
    """Return the trainer's settings that suit the preset, for a run of minutes on a CPU."""
    common: Values = {"warmup": 0.0, "lr_end": 0.05, "beta2": 0.99, "val_every": 1000, "save_every": 1000}
    own: dict[Preset, Values] = {
        Preset.mlp: {"batch": 128, "lr": 3e-4, "lr_d": 3e-4, "beta1": 0.5, "beta2": 0.999, "ema": 0.998},
        Preset.dcgan: {"batch": 64, "lr": 4e-4, "lr_d": 2e-4, "beta1": 0.5, "beta2": 0.999, "ema": 0.998},
        Preset.resnet_sn: {"batch": 64, "lr": 6e-4, "lr_d": 6e-4, "beta1": 0.0, "ema": 0.998},
        Preset.style: {"batch": 64, "lr": 2.5e-3, "lr_d": 2.5e-3, "beta1": 0.0, "ema": 0.998},
    }
    return {**common, **own[options.preset]}


def game(options: TrainGenerateOptions) -> Values:
    """Return the adversarial game that the preset's paper plays."""
    own: dict[Preset, Values] = {
        Preset.mlp: {"game": "non-saturating", "label_smoothing": 0.1},
        Preset.dcgan: {"game": "non-saturating", "label_smoothing": 0.1},
        Preset.resnet_sn: {"game": "hinge"},
        Preset.style: {"game": "non-saturating", "r1": 0.5, "lazy": 8},
    }
    return own[options.preset]


def losses(options: TrainGenerateOptions) -> Mapping[str, float]:
    """Return the weights of the task's own losses.

    An even path length is worth its two passes of the generator at a stated side of 64 pixels and more (the
    data's own are not read yet). Whoever is told a
    class forgets the latent, in the old presets as in the new; the old discriminators, whose slopes nothing
    bounds, pull harder the other way.
    """
    large = options.preset is Preset.style and options.side >= 64
    bounded = options.preset in (Preset.resnet_sn, Preset.style)
    told = (1.0 if bounded else 10.0) if options.conditional else 0.0
    return {PATH_LENGTH: 0.5 if large else 0.0, SAMENESS: told}
