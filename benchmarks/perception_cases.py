"""Small pictures as real photographs are: blurred, noisy, compressed. Seeded by the picture's name."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path

import numpy as np
from nets import Pixels
from PIL import Image, ImageFilter, ImageOps

from gantool.images.searching import find_pictures

BLUR = (0.8, 2.4)
"""Gaussian sigma before the reduction, in pixels of the large picture."""
NOISE = (3.0, 12.0)
"""Gaussian sigma after it, of 255."""
JPEG = (40, 80)
"""Quality after both."""


class Variant(StrEnum):
    """What was done besides the bicubic reduction; `all` is blur, noise and JPEG, in this order."""

    clean = "clean"
    blur = "blur"
    noise = "noise"
    jpeg = "jpeg"
    all = "all"

    def has(self, part: Variant) -> bool:
        """Tell whether `part` is done."""
        return self in (part, Variant.all)


@dataclass(frozen=True)
class Photo:
    """A clean picture, (H, W, 3), both sides multiples of the scale."""

    name: str
    clean: Pixels


def photos(folder: Path, scale: int, limit: int | None = None) -> Iterator[Photo]:
    """Yield the pictures of a folder, cropped to multiples of `scale`."""
    for path in find_pictures(folder)[:limit]:
        with Image.open(path) as image:
            pixels = np.array(ImageOps.exif_transpose(image).convert("RGB"))
        height, width = (side - side % scale for side in pixels.shape[:2])
        yield Photo(path.stem, pixels[:height, :width])


def degrade(photo: Photo, variant: Variant, scale: int) -> Pixels:
    """Return the picture reduced by `scale` and spoiled; the same name gives the same strengths and noise."""
    rng = np.random.default_rng(zlib.crc32(photo.name.encode()))
    blur, noise, quality = rng.uniform(*BLUR), rng.uniform(*NOISE), int(rng.integers(*JPEG, endpoint=True))
    image = Image.fromarray(photo.clean)
    if variant.has(Variant.blur):
        image = image.filter(ImageFilter.GaussianBlur(blur))
    image = image.resize((image.width // scale, image.height // scale), Image.Resampling.BICUBIC)
    pixels = np.array(image)
    if variant.has(Variant.noise):
        noisy = pixels + rng.normal(0, noise, pixels.shape)
        pixels = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    return _compressed(pixels, quality) if variant.has(Variant.jpeg) else pixels


def _compressed(pixels: Pixels, quality: int) -> Pixels:
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, "JPEG", quality=quality)
    with Image.open(stream) as image:
        return np.array(image)
