"""Instance normalisation whose statistics can be taken once and given again, so that tiles agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

_EPSILON = 1e-5


@dataclass(frozen=True)
class Statistics:
    """Mean and variance of the channels of every normalised layer, one layer after another: (N, channels)."""

    mean: Tensor
    variance: Tensor

    def to(self, device: torch.device) -> Statistics:
        """Return them on another device."""
        return Statistics(self.mean.to(device), self.variance.to(device))


class Moments:
    """Hands out each layer's mean and variance in the order of use: given ones, or the features' own.

    `channels` are those of the layers in that order.
    """

    def __init__(self, channels: Sequence[int], given: Statistics | None) -> None:
        self._given = None
        if given is not None:
            sides = (torch.split(side, list(channels), 1) for side in (given.mean, given.variance))
            self._given = iter(list(zip(*sides, strict=True)))
        self._taken: list[tuple[Tensor, Tensor]] = []

    def take(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and variance (N, C) in float32 for features (N, C, H, W)."""
        if self._given is not None:
            mean, variance = next(self._given)
            return mean.float(), variance.float()
        with torch.autocast(features.device.type, enabled=False):
            variance, mean = torch.var_mean(features.float(), (2, 3), correction=0)
        self._taken.append((mean, variance))
        return mean, variance

    def normalise(self, features: Tensor) -> Tensor:
        """Return features (N, C, H, W) of mean 0 and variance 1."""
        mean, variance = self.take(features)
        return affine(features, torch.rsqrt(variance + _EPSILON), -mean * torch.rsqrt(variance + _EPSILON))

    def statistics(self) -> Statistics:
        """Return what was taken."""
        means, variances = zip(*self._taken, strict=True)
        return Statistics(torch.cat(means, 1), torch.cat(variances, 1))


class Modulated(nn.Module):
    """Instance normalisation (Ulyanov et al. 2017), scaled and shifted by parameters, or as a code says.

    `code` is the code's length, 0 for parameters of its own.
    """

    def __init__(self, channels: int, code: int) -> None:
        super().__init__()
        self.manner: nn.Linear | None = None
        if code:
            self.manner = nn.Linear(code, 2 * channels)
            nn.init.normal_(self.manner.weight, std=0.2 / code**0.5)
            nn.init.zeros_(self.manner.bias)
        else:
            self.scale = nn.Parameter(torch.ones(channels))
            self.shift = nn.Parameter(torch.zeros(channels))

    def forward(self, features: Tensor, code: Tensor | None, moments: Moments) -> Tensor:
        """Map (N, C, H, W) to the same shape; `code` is (N or 1, length)."""
        mean, variance = moments.take(features)
        with torch.autocast(features.device.type, enabled=False):
            scale, shift = self._modulation(code)
            scale = scale * torch.rsqrt(variance + _EPSILON)
            shift = shift - mean * scale
        return affine(features, scale, shift)

    def _modulation(self, code: Tensor | None) -> tuple[Tensor, Tensor]:
        if self.manner is None:
            return self.scale.float(), self.shift.float()
        if code is None:
            raise TypeError("this generator needs the code of a painting")
        scale, shift = self.manner(code.to(self.manner.weight.dtype)).float().chunk(2, 1)
        return 1 + scale, shift


def affine(features: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Return scale * features + shift for each channel, in the features' own precision."""
    kind = features.dtype
    return torch.addcmul(shift.to(kind)[..., None, None], features, scale.to(kind)[..., None, None])
