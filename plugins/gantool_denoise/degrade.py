"""How clean patches become noisy ones, in batches: the shares of what a training batch sees.

Levels are root mean squares of what was added before clipping, in the picture's unit (1 is white).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as functional
from torch import Tensor

from gantool.train.codec import quantise

MOST = 55 / 255
"""The highest Gaussian sigma that is trained on."""


@dataclass(frozen=True)
class Sample:
    """Noisy (N, 3, h, w), not always inside [0, 1]; its level (N, 1, 1, 1); and the clean target."""

    noisy: Tensor
    sigma: Tensor
    clean: Tensor


def joined(samples: Sequence[Sample], device: torch.device) -> Sample:
    """Return single samples as one batch on a device, channels last."""

    def stacked(parts: list[Tensor]) -> Tensor:
        return torch.cat(parts).to(device).contiguous(memory_format=torch.channels_last)

    sigma = torch.cat([one.sigma for one in samples]).to(device)
    return Sample(stacked([one.noisy for one in samples]), sigma, stacked([one.clean for one in samples]))


@dataclass(frozen=True)
class GaussianShares:
    """Shares of samples: without any noise, clipped and rounded as a file is, grey."""

    clean: float = 0.04
    clipped: float = 0.5
    grey: float = 0.06


def gaussian(clean: Tensor, rng: torch.Generator, shares: GaussianShares | None = None) -> Sample:
    """Add white Gaussian noise of sigma 0 to 55 (of 255), the same in all channels, to (N, 3, h, w)."""
    shares = shares or GaussianShares()
    count = len(clean)
    sigma = MOST * _uniform(count, rng) * (_uniform(count, rng) >= shares.clean)
    noise = torch.randn(clean.shape, generator=rng)
    grey = _uniform(count, rng) < shares.grey
    target = torch.where(grey, luma(clean), clean)
    noisy = target + sigma * torch.where(grey, noise[:, :1], noise)
    clipped = _uniform(count, rng) < shares.clipped
    return Sample(torch.where(clipped, quantise(noisy), noisy), sigma, target)


def patches(large: Tensor, rng: torch.Generator, reduced: float) -> Tensor:
    """Return patches (N, 3, h/2, w/2) of (N, 3, h, w): a share `reduced` shrunk, the others cut out.

    Shrinking takes a picture's own noise and JPEG traces away, so that the target is cleaner than the file.
    """
    height, width = (side // 2 for side in large.shape[2:])
    small = functional.interpolate(large, size=(height, width), mode="bicubic", antialias=True).clamp(0, 1)
    corners = torch.rand(len(large), 2, generator=rng)
    shrunk = (torch.rand(len(large), generator=rng) < reduced).tolist()
    rows = [int(share * (height + 1)) for share in corners[:, 0].tolist()]
    columns = [int(share * (width + 1)) for share in corners[:, 1].tolist()]
    return torch.stack(
        [
            small[index] if shrunk[index] else large[index, :, y : y + height, x : x + width]
            for index, (y, x) in enumerate(zip(rows, columns, strict=True))
        ]
    )


def told(sample: Sample, rng: torch.Generator, spread: float, offset: float = 0.5 / 255) -> Sample:
    """Return the sample with its level as an estimate would tell it: off by a factor and by a step."""
    factor = torch.exp(spread * torch.randn(sample.sigma.shape, generator=rng))
    step = offset * torch.randn(sample.sigma.shape, generator=rng)
    return replace(sample, sigma=(sample.sigma * factor + step).clamp_min(0))


def luma(image: Tensor) -> Tensor:
    """Return BT.601 luma, (N, 1, h, w) of (N, 3, h, w)."""
    weights = torch.tensor([0.299, 0.587, 0.114], device=image.device).view(1, 3, 1, 1)
    return (image * weights).sum(1, keepdim=True)


def _uniform(count: int, rng: torch.Generator) -> Tensor:
    return torch.rand(count, 1, 1, 1, generator=rng)
