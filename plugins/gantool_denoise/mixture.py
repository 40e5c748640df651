"""What the *photo* weights learn to undo: a mixture of everything that spoils real pictures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import torch
from torch import Tensor

from gantool.train.codec import quantise
from gantool_denoise.camera import blur, camera_noise, log_uniform, uniform
from gantool_denoise.compress import jpeg_some
from gantool_denoise.degrade import Sample, luma


class Source(IntEnum):
    """Where a sample's noise comes from; NONE is left to JPEG alone, or clean."""

    NONE = 0
    GAUSSIAN = 1
    POISSON = 2
    CAMERA = 3


@dataclass(frozen=True)
class PhotoShares:
    """Shares of the sources, and of samples that are cards, grey or compressed; ranges of 255 grey levels."""

    sources: tuple[float, float, float, float] = (0.2, 0.15, 0.15, 0.5)
    cards: float = 0.03
    grey: float = 0.06
    compressed: float = 0.6
    quality: tuple[int, int] = (40, 95)
    gaussian: tuple[float, float] = (1.0, 50.0)
    poisson: tuple[float, float] = (1.0, 40.0)
    strongest: float = 60.0


def photo(clean: Tensor, rng: torch.Generator, shares: PhotoShares | None = None) -> Sample:
    """Spoil (N, 3, h, w) in [0, 1], each sample in its own way; what comes out is clipped and rounded.

    The level is the root mean square of the noise before it is clipped and compressed.
    """
    shares = shares or PhotoShares()
    source = torch.multinomial(torch.tensor(shares.sources), len(clean), replacement=True, generator=rng)
    if shares.cards:  # without any, nothing is drawn for them: held-out pictures keep their noise
        card = torch.rand(len(clean), 1, 1, 1, generator=rng) < shares.cards
        clean = torch.where(card, _card(len(clean), rng), clean)
    grey = torch.rand(len(clean), 1, 1, 1, generator=rng) < shares.grey
    target = torch.where(grey, luma(clean), clean)
    noise = torch.zeros_like(target)
    for kind in Source:
        chosen = (source == kind).nonzero()[:, 0]
        if len(chosen) and kind is not Source.NONE:
            noise[chosen] = _noise(kind, target[chosen], shares, rng)
    noise = torch.where(grey, noise[:, :1], noise)
    sigma = noise.square().mean((1, 2, 3), keepdim=True).sqrt()
    tame = (shares.strongest / 255 / sigma.clamp_min(1e-6)).clamp_max(1)
    noisy = quantise(target + noise * tame)
    return Sample(jpeg_some(noisy, shares.compressed, shares.quality, rng), sigma * tame, target)


def _card(count: int, rng: torch.Generator) -> Tensor:
    """Return single colours (N, 3, 1, 1), each channel of which is 0, 1 or, half of the time, in between.

    Photographs hardly have the corners of the colour cube; without cards, results drift there.
    """
    shape = (count, 3, 1, 1)
    within = torch.rand(shape, generator=rng)
    corner = torch.randint(0, 2, shape, generator=rng).float()
    return torch.where(torch.rand(shape, generator=rng) < 0.5, within, corner)


def _noise(kind: Source, clean: Tensor, shares: PhotoShares, rng: torch.Generator) -> Tensor:
    if kind is Source.CAMERA:
        return camera_noise(clean, rng)
    noise = torch.randn(clean.shape, generator=rng)
    if kind is Source.GAUSSIAN:
        low, high = shares.gaussian
        return _blotched(noise * uniform(len(clean), (low / 255, high / 255), rng), rng)
    return noise * _poisson_level(clean, shares.poisson, rng)


def _poisson_level(clean: Tensor, bounds: tuple[float, float], rng: torch.Generator) -> Tensor:
    """Return the standard deviation at each pixel: a part that grows with light, and one that does not.

    Each channel has its own gain, as after a white balance.
    """
    low, high = bounds
    level = log_uniform(len(clean), (low / 255, high / 255), rng)
    gains = 0.6 + 0.8 * torch.rand(len(clean), 3, 1, 1, generator=rng)
    share = torch.rand(len(clean), 1, 1, 1, generator=rng)
    return level * gains * (share * 2 * clean + 1 - share).sqrt()


def _blotched(noise: Tensor, rng: torch.Generator) -> Tensor:
    """Make the noise of a third of the samples coarser, as enlarging and denoising in cameras do."""
    chosen = torch.rand(len(noise), 1, 1, 1, generator=rng) < 0.33
    share = torch.rand(len(noise), 1, 1, 1, generator=rng)
    return torch.where(chosen, torch.lerp(noise, 1.5 * blur(noise, 1), share), noise)
