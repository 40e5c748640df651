"""Made images as files: single ones, and moving ones."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import torch.nn.functional as functional
from PIL import Image
from torch import Tensor

from gantool.atomic import write_atomic
from gantool.errors import ImageError
from gantool.images import ArrayPicture, Decoded, ImageFormat, decode, encode
from gantool.images.formats import of_name
from gantool.sampling.drawing import to_bytes
from gantool.task import Box

MAX_PIXELS = 100_000_000
FRAME_MS = 50
QUALITY = 95


def write_picture(levels: Tensor, target: Path) -> None:
    """Write (C, H, W) uint8, atomically, in the format of the suffix."""
    picture = Decoded(levels.permute(1, 2, 0).contiguous().numpy())
    format = of_name(target) or ImageFormat.PNG
    encode(picture, target, format=format, quality=QUALITY, strip_metadata=True)


def write_animation(frames: Iterable[Tensor], target: Path) -> None:
    """Write images (C, H, W) in [0, 1] as a GIF or WebP that repeats for ever, by its suffix, atomically."""
    first, *rest = (_as_image(frame) for frame in frames)
    stream = io.BytesIO()
    webp = target.suffix.lower() == ".webp"
    wishes = {"lossless": True, "method": 4} if webp else {"optimize": False}
    first.save(
        stream,
        "WEBP" if webp else "GIF",
        save_all=True,
        append_images=rest,
        duration=FRAME_MS,
        loop=0,
        **wishes,
    )
    write_atomic(target, stream.getvalue(), error=ImageError)


def read_picture(path: Path, shape: tuple[int, int, int]) -> Tensor:
    """Return the middle of a picture as a network would make it, `shape` (C, H, W) in [0, 1].

    Raises:
        ImageError: it cannot be read.
    """
    picture = ArrayPicture(decode(path, max_pixels=MAX_PIXELS).pixels)
    channels, height, width = shape
    factor = min(picture.width / width, picture.height / height)
    across, down = (max(1, round(side * factor)) for side in (width, height))
    box = Box((picture.width - across) // 2, (picture.height - down) // 2, across, down)
    image = picture.crop(box)
    if channels != image.shape[1]:
        image = image.mean(1, keepdim=True).expand(-1, channels, -1, -1)
    fitted = functional.interpolate(image, (height, width), mode="bicubic", antialias=True)
    return fitted[0].clamp(0, 1)


def _as_image(frame: Tensor) -> Image.Image:
    pixels = to_bytes(frame).permute(1, 2, 0).contiguous().numpy()
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
