"""How clean patches become low-resolution ones, in batches, on the device that holds them.

`bicubic_down` matches Pillow's bicubic within a rounding step. `second_order` is the degradation of
Real-ESRGAN (Wang et al. 2021): blur, resize, noise and JPEG, twice, each with its own random strength for
every sample, then a blur-limited return to the LR size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from gantool.train.codec import jpeg, quantise

MODES = ("area", "bilinear", "bicubic")


@dataclass(frozen=True)
class Strength:
    """Ranges of one degradation pass; probabilities are of the step happening to a sample."""

    blur: float
    blur_sigma: tuple[float, float]
    resize: tuple[float, float]
    noise: float
    noise_sigma: tuple[float, float]
    grey_noise: float
    poisson: float
    jpeg: float
    jpeg_quality: tuple[int, int]


# Milder than Real-ESRGAN's: most of what people upscale was spoiled once, not wrecked.
FIRST = Strength(0.8, (0.2, 2.0), (0.35, 1.3), 0.8, (0.5, 18.0), 0.4, 0.4, 0.8, (35, 95))
SECOND = Strength(0.5, (0.2, 1.2), (0.6, 1.2), 0.5, (0.5, 12.0), 0.4, 0.4, 0.9, (40, 95))

LEAST = 13
"""The shortest side that `second_order` takes: what the first pass leaves of it is wider than the second's
blur reaches, which reflects the picture at its borders."""


def bicubic_down(image: Tensor, scale: int) -> Tensor:
    """Reduce (N, C, H, W) by `scale`, antialiased, and round to 8 bit as a file would."""
    size = (image.shape[-2] // scale, image.shape[-1] // scale)
    small = functional.interpolate(image.float(), size=size, mode="bicubic", antialias=True)
    return quantise(small)


def second_order(image: Tensor, scale: int, rng: torch.Generator, light: float) -> Tensor:
    """Degrade (N, 3, H, W) in [0, 1] to (N, 3, H / scale, W / scale), each sample in its own way.

    A share `light` of the samples is only reduced and, mostly, compressed. Sides are `LEAST` or more.
    """
    return torch.cat([_degrade_one(sample[None], scale, rng, light) for sample in image])


def _degrade_one(image: Tensor, scale: int, rng: torch.Generator, light: float) -> Tensor:
    height, width = image.shape[-2:]
    target = (height // scale, width // scale)
    if _uniform(0, 1, rng) < light:
        return _compressed(bicubic_down(image, scale), FIRST, rng)
    once = _pass(image, FIRST, (height, width), rng)
    # The second pass resizes around the LR size, as a platform that rescales uploads does.
    twice = _blur(once, SECOND, rng)
    factor = _uniform(*SECOND.resize, rng)
    between = (max(8, round(target[0] * factor)), max(8, round(target[1] * factor)))
    twice = _noise(_resize(twice, between, rng), SECOND, rng)
    if _uniform(0, 1, rng) < 0.5:
        return _compressed(quantise(_resize(twice, target, rng)), SECOND, rng)
    return quantise(_resize(_compressed(quantise(twice), SECOND, rng), target, rng))


def _pass(image: Tensor, strength: Strength, size: tuple[int, int], rng: torch.Generator) -> Tensor:
    factor = _uniform(*strength.resize, rng)
    between = (round(size[0] * factor), round(size[1] * factor))
    spoiled = _noise(_resize(_blur(image, strength, rng), between, rng), strength, rng)
    return _compressed(quantise(spoiled), strength, rng)


def _uniform(low: float, high: float, rng: torch.Generator) -> float:
    return low + (high - low) * float(torch.rand((), generator=rng))


def _blur(image: Tensor, strength: Strength, rng: torch.Generator) -> Tensor:
    """Blur with a turned anisotropic Gaussian."""
    if _uniform(0, 1, rng) >= strength.blur:
        return image
    along = _uniform(*strength.blur_sigma, rng)
    across = along if _uniform(0, 1, rng) < 0.5 else _uniform(*strength.blur_sigma, rng)
    return blurred(image, gaussian_kernel(along, across, _uniform(0, math.pi, rng)))


def blurred(image: Tensor, kernel: Tensor) -> Tensor:
    """Return (N, C, H, W), each channel convolved with (k, k); the picture is reflected at its borders."""
    radius, channels = kernel.shape[-1] // 2, image.shape[1]
    padded = functional.pad(image, (radius,) * 4, mode="reflect")
    return functional.conv2d(padded, kernel.to(image).expand(channels, 1, -1, -1), groups=channels)


def gaussian_kernel(along: float, across: float, angle: float) -> Tensor:
    """Return a normalised (k, k) kernel with the two sigmas, in pixels, turned by `angle`, in radians."""
    radius = max(1, math.ceil(3 * max(along, across)))
    axis = torch.arange(-radius, radius + 1, dtype=torch.float32)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    u = math.cos(angle) * x + math.sin(angle) * y
    v = math.cos(angle) * y - math.sin(angle) * x
    kernel = torch.exp(-0.5 * ((u / along) ** 2 + (v / across) ** 2))
    return kernel / kernel.sum()


def _resize(image: Tensor, size: tuple[int, int], rng: torch.Generator) -> Tensor:
    mode = MODES[int(torch.randint(len(MODES), (), generator=rng))]
    if mode == "area":
        return functional.interpolate(image, size=size, mode=mode)
    return functional.interpolate(image, size=size, mode=mode, antialias=True)


def _noise(image: Tensor, strength: Strength, rng: torch.Generator) -> Tensor:
    """Add Gaussian or signal-dependent (Poisson-like) noise, in colour or in grey."""
    if _uniform(0, 1, rng) >= strength.noise:
        return image
    sigma = _uniform(*strength.noise_sigma, rng) / 255
    channels = 1 if _uniform(0, 1, rng) < strength.grey_noise else 3
    noise = torch.randn(1, channels, *image.shape[-2:], generator=rng).to(image)
    if _uniform(0, 1, rng) < strength.poisson:
        sigma_map = sigma * image.clamp(0, 1).sqrt() * math.sqrt(2)
        return image + noise * sigma_map
    return image + noise * sigma


def _compressed(image: Tensor, strength: Strength, rng: torch.Generator) -> Tensor:
    """Pass (1, 3, H, W) through the real codec."""
    if _uniform(0, 1, rng) >= strength.jpeg:
        return image
    quality = int(_uniform(*strength.jpeg_quality, rng))
    return jpeg(image[0], quality)[None]
