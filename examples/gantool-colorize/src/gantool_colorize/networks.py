"""A U-Net that finds colours for a grey picture, and a discriminator that sees both.

After pix2pix (Isola et al. 2017): the generator is a U-Net, the discriminator judges patches, and is
conditioned: it is shown the colours together with the grey picture they were found for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as functional
from gantool.networks.config import NetworkConfig
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

ARCHITECTURE = "gantool-colorize-unet"
WIDTHS = (32, 48, 64, 96)
"""Channels at a half, a quarter, an eighth and a sixteenth of the picture's size."""

SLOPE = 0.2


@dataclass(frozen=True)
class ColorizeConfig(NetworkConfig):
    """All that rebuilding a generator needs: its widths, parted by spaces, since a card has no lists."""

    widths: str

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return the widths; ValueError where they are no numbers."""
        return tuple(int(width) for width in self.widths.split())


class Block(nn.Module):
    """x + conv(act(conv(act(x))))."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        """Map (N, width, H, W) to the same shape."""
        hidden = self.first(functional.leaky_relu(features, SLOPE))
        output: Tensor = features + self.second(functional.leaky_relu(hidden, SLOPE))
        return output


class Generator(nn.Module):
    """Luma to chroma. Without batch norm: what a picture gets does not depend on its neighbours."""

    def __init__(self, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        self.widths = tuple(widths)
        steps = list(pairwise(self.widths))
        self.head = nn.Conv2d(4, self.widths[0], 3, padding=1)
        self.down = nn.ModuleList(nn.Conv2d(wide, narrow, 2, 2) for wide, narrow in steps)
        self.before = nn.ModuleList(Block(width) for width in self.widths[:-1])
        self.middle = nn.Sequential(*(Block(self.widths[-1]) for _ in range(2)))
        self.up = nn.ModuleList(nn.ConvTranspose2d(deep, high, 2, 2) for high, deep in reversed(steps))
        self.after = nn.ModuleList(Block(width) for width in reversed(self.widths[:-1]))
        self.tail = nn.Conv2d(self.widths[0], 2, 3, padding=1)

    def forward(self, bright: Tensor) -> Tensor:
        """Map (N, 1, H, W) to (N, 2, H, W) in [-0.5, 0.5]; H and W are multiples of 16.

        Colours are found at half the size and enlarged: eyes see brightness finer.
        """
        features = self.head(functional.pixel_unshuffle(bright - 0.5, 2))
        kept = []
        for block, down in zip(self.before, self.down, strict=True):
            kept.append(block(features))
            features = down(kept[-1])
        features = self.middle(features)
        for up, block in zip(self.up, self.after, strict=True):
            features = block(up(features) + kept.pop())
        found = torch.tanh(self.tail(functional.leaky_relu(features, SLOPE))) / 2
        return functional.interpolate(found, scale_factor=2.0, mode="bilinear")


class Discriminator(nn.Module):
    """Luma and chroma to a logit for each patch (PatchGAN), with spectral norm."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        widths = (3, width, 2 * width, 3 * width)
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv2d(inputs, outputs, 4, 2, 1)) for inputs, outputs in pairwise(widths)
        )
        self.judge = nn.Conv2d(widths[-1], 1, 3, padding=1)

    def forward(self, bright: Tensor, colour: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Map (N, 1, H, W) and (N, 2, H, W) to logits (N, 1, H / 8, W / 8) and each layer's features."""
        hidden = torch.cat((bright - 0.5, 4 * colour), 1)
        features = []
        for layer in self.layers:
            hidden = functional.leaky_relu(layer(hidden), SLOPE)
            features.append(hidden)
        return self.judge(hidden), tuple(features)
