"""Generators of super-resolution that no option offers, for `ablation.py`: other blocks, other inputs."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Self

import torch.nn.functional as functional
from torch import Tensor, nn

from gantool_superres.networks import Generator, SuperResConfig

UNSHUFFLE = 2


class Other(Generator):
    """A generator without surplus parameters, trained as it is used."""

    def fold(self) -> Self:
        """Return a copy: there is nothing to fold."""
        return deepcopy(self)


class Depthwise(nn.Module):
    """A large depthwise kernel, then two pointwise ones (ConvNeXt, Liu et al. 2022, without its norm)."""

    def __init__(self, width: int, kernel: int = 7, expand: int = 2) -> None:
        super().__init__()
        self.spatial = nn.Conv2d(width, width, kernel, padding=kernel // 2, groups=width)
        self.widen = nn.Conv2d(width, expand * width, 1)
        self.narrow = nn.Conv2d(expand * width, width, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Map (N, width, H, W) to the same shape."""
        hidden = functional.leaky_relu(self.widen(self.spatial(features)), 0.1, inplace=True)
        output: Tensor = features + self.narrow(hidden)
        return output


class Gated(nn.Module):
    """One half of the features times the other, in place of a rectifier (SimpleGate, Chen et al. 2022)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, 2 * width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, features: Tensor) -> Tensor:
        """Map (N, width, H, W) to the same shape."""
        one, other = self.first(features).chunk(2, 1)
        output: Tensor = features + self.second(one * other)
        return output


class Unshuffled(Other):
    """Everything but the sum happens at half the LR size (pixel-unshuffle, Shi et al. 2016)."""

    def __init__(self, config: SuperResConfig) -> None:
        super().__init__(config)
        channels, outputs = config.channels, config.channels * config.scale**2
        self.head = nn.Conv2d(channels * UNSHUFFLE**2, config.width, 3, padding=1)
        self.tail = nn.Conv2d(config.width, outputs * UNSHUFFLE**2, 3, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        """Map (N, C, h, w), of even sides, to (N, C, h * scale, w * scale)."""
        scale = self.config.scale
        details = self.tail(self.body(self.head(functional.pixel_unshuffle(image, UNSHUFFLE))))
        pixels = functional.interpolate(image, scale_factor=float(scale), mode="nearest")
        return functional.pixel_shuffle(details, scale * UNSHUFFLE) + pixels


def with_blocks(block: Callable[[int], nn.Module]) -> Callable[[SuperResConfig], Generator]:
    """Return what builds a generator whose body consists of such blocks."""

    def build(config: SuperResConfig) -> Generator:
        generator = Other(config)
        generator.body = nn.Sequential(*(block(config.width) for _ in range(config.blocks)))
        return generator

    return build


OTHERS: dict[str, Callable[[SuperResConfig], Generator]] = {
    "depthwise": with_blocks(Depthwise),
    "gated": with_blocks(Gated),
    "unshuffled": Unshuffled,
}
