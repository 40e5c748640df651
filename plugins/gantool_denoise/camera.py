"""What a camera's sensor and its processing add to a picture, without changing the picture itself.

A clean picture is taken back to raw values (unprocessing, Brooks et al. 2019), given shot and read noise
behind a Bayer mosaic, and developed again; what differs from the noiseless development is the noise.
So demosaicking, white balance, colour matrix and tone curve correlate and colour the noise as they do in
a camera, while the target stays the very file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

GAMMA = 2.2
SHADOWS = 1e-3
"""Linear values are kept above this on the way to raw, where the tone curve's slope has no bound."""


@dataclass(frozen=True)
class Camera:
    """Ranges that each sample's camera is drawn from.

    `shot` is the variance of a raw value for each unit of it, `read` the standard deviation of what is
    added to any; both are drawn evenly in their logarithms.
    """

    shot: tuple[float, float] = (1e-4, 2e-2)
    read: tuple[float, float] = (5e-4, 2e-2)
    red_gain: tuple[float, float] = (1.2, 2.4)
    blue_gain: tuple[float, float] = (1.2, 2.2)
    saturation: tuple[float, float] = (0.0, 0.5)
    chroma_blur: float = 0.4
    resampled: float = 0.4


def camera_noise(clean: Tensor, rng: torch.Generator, camera: Camera | None = None) -> Tensor:
    """Return noise (N, 3, h, w) of one camera for each sample of `clean` (N, 3, h, w) in [0, 1]."""
    camera = camera or Camera()
    count = len(clean)
    gains = torch.ones(count, 3, 1, 1)
    gains[:, 0] = uniform(count, camera.red_gain, rng)[:, 0]
    gains[:, 2] = uniform(count, camera.blue_gain, rng)[:, 0]
    matrix = _saturating(uniform(count, camera.saturation, rng))
    linear = clean.clamp_min(0) ** GAMMA
    raw = (_mixed(torch.linalg.inv(matrix), linear) / gains).clamp_min(0)
    shot, read = log_uniform(count, camera.shot, rng), log_uniform(count, camera.read, rng)
    spoiled = raw + torch.randn(raw.shape, generator=rng) * (shot * raw + read**2).sqrt()
    # A sensor's black level lies above zero, so that dark noise is not cut in half.
    first_row, first_column = torch.randint(2, (2,), generator=rng).tolist()
    difference = demosaic(bayer(spoiled - raw, first_row, first_column))
    developed = _mixed(matrix, difference * gains)
    noise = _tone(linear + developed) - _tone(linear)
    noise = _chroma_blurred(noise, camera.chroma_blur, rng)
    return _resampled(noise, camera.resampled, rng)


def bayer(image: Tensor, row: int, column: int) -> Tensor:
    """Return (N, 3, h, w) with only what a Bayer mosaic sees; red lies at (row, column)."""
    seen = torch.zeros(1, 3, *image.shape[2:], device=image.device)
    seen[:, 0, row::2, column::2] = 1
    seen[:, 1, 1 - row :: 2, column::2] = 1
    seen[:, 1, row::2, 1 - column :: 2] = 1
    seen[:, 2, 1 - row :: 2, 1 - column :: 2] = 1
    return image * seen


def demosaic(mosaic: Tensor) -> Tensor:
    """Fill the gaps of a Bayer mosaic (N, 3, h, w) bilinearly."""
    cross = torch.tensor([[0.0, 1.0, 0.0], [1.0, 4.0, 1.0], [0.0, 1.0, 0.0]]) / 4
    square = torch.tensor([[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]) / 4
    kernel = torch.stack((square, cross, square))[:, None].to(mosaic)
    return functional.conv2d(functional.pad(mosaic, (1, 1, 1, 1), mode="reflect"), kernel, groups=3)


def uniform(count: int, bounds: tuple[float, float], rng: torch.Generator) -> Tensor:
    """Return (count, 1, 1, 1), evenly drawn."""
    low, high = bounds
    return low + (high - low) * torch.rand(count, 1, 1, 1, generator=rng)


def log_uniform(count: int, bounds: tuple[float, float], rng: torch.Generator) -> Tensor:
    """Return (count, 1, 1, 1), drawn evenly in the logarithm."""
    return uniform(count, (math.log(bounds[0]), math.log(bounds[1])), rng).exp()


def blur(image: Tensor, radius: int) -> Tensor:
    """Return the binomial blur of (N, C, h, w) with that radius in pixels; borders reflect."""
    kernel = torch.tensor([math.comb(2 * radius, k) / 4**radius for k in range(2 * radius + 1)]).to(image)
    channels = image.shape[1]
    padded = functional.pad(image, (radius,) * 4, mode="reflect")
    along = functional.conv2d(padded, kernel.expand(channels, 1, 1, -1), groups=channels)
    return functional.conv2d(along, kernel[:, None].expand(channels, 1, -1, 1), groups=channels)


def _saturating(amount: Tensor) -> Tensor:
    """Return (N, 3, 3) colour matrices that take grey from each channel; their rows sum to 1."""
    share = amount.view(-1, 1, 1)
    return (1 + share) * torch.eye(3) - share / 3


def _mixed(matrix: Tensor, image: Tensor) -> Tensor:
    return torch.einsum("nij,njhw->nihw", matrix, image)


def _tone(linear: Tensor) -> Tensor:
    """Apply the tone curve, straight below SHADOWS, so that negative values have a place."""
    curve = linear.clamp_min(SHADOWS) ** (1 / GAMMA)
    slope = SHADOWS ** (1 / GAMMA - 1) / GAMMA
    toned: Tensor = curve + (linear - SHADOWS).clamp_max(0) * slope
    return toned


def _chroma_blurred(noise: Tensor, share: float, rng: torch.Generator) -> Tensor:
    """Blur the colour of the noise in a share of the samples: cameras do, and leave blotches."""
    chosen = torch.rand(len(noise), 1, 1, 1, generator=rng) < share
    grey = noise.mean(1, keepdim=True)
    return torch.where(chosen, grey + blur(noise - grey, 3), noise)


def _resampled(noise: Tensor, share: float, rng: torch.Generator) -> Tensor:
    """Blur the noise in a share of the samples, as scaling a picture does; each by its own amount."""
    chosen = torch.rand(len(noise), 1, 1, 1, generator=rng) < share
    amount = torch.rand(len(noise), 1, 1, 1, generator=rng) * chosen
    return torch.lerp(noise, blur(noise, 1), amount)
