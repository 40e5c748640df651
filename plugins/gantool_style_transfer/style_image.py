"""The painting of `--style FILE` or `--painting FILE`, as networks are shown it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from gantool.errors import ImageError
from gantool.images import ArrayPicture, decode
from gantool.images.alpha import spread_colour
from gantool.images.colour import as_srgb
from gantool.inference.result import MAX_PIXELS
from gantool_style_transfer.encoder import PAINTING_SIDE

SMALLEST_SIDE = 64


def read_painting(path: Path) -> Tensor:
    """Return (1, 3, h, w) in [0, 1], no side longer than `PAINTING_SIDE`, as in training.

    Colours are as they are seen, in sRGB; what is transparent at its borders is cut off.

    Raises:
        ImageError: it cannot be read, or is too small for its strokes to be seen.
    """
    picture = ArrayPicture(as_seen(path))
    reduced = picture.reduced(PAINTING_SIDE)
    if min(reduced.shape[2:]) < SMALLEST_SIDE:
        size = f"{picture.width} x {picture.height}"
        if max(picture.width, picture.height) > PAINTING_SIDE:
            size += f", and {reduced.shape[3]} x {reduced.shape[2]} as the network is shown it"
        raise ImageError(f"the painting {path} is {size}", f"both sides need {SMALLEST_SIDE} pixels or more")
    return reduced.contiguous()


def as_seen(path: Path) -> NDArray[np.uint8]:
    """Return what is visible of a painting, (H, W, 3), in sRGB; under holes lie the colours around them.

    Raises:
        ImageError: it cannot be read.
    """
    painting = decode(path, max_pixels=MAX_PIXELS)
    pixels = painting.pixels
    if painting.alpha is not None and painting.alpha.any():
        rows, columns = (np.flatnonzero(painting.alpha.any(axis)) for axis in (1, 0))
        visible = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        pixels = spread_colour(pixels[visible], painting.alpha[visible])
    if painting.bits != 8:
        pixels = np.rint(pixels / 257).astype(np.uint8)
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    return np.array(as_srgb(image, painting.metadata.icc))
