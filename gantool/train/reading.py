"""Pictures for training: always RGB, 8 bit, upright. Torch-free."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from gantool.errors import TrainError


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """Return (H, W, 3) uint8, EXIF orientation applied.

    Raises:
        TrainError: the file cannot be decoded.
    """
    try:
        with Image.open(path) as image:
            return np.array(ImageOps.exif_transpose(image).convert("RGB"))
    except (OSError, ValueError, SyntaxError) as problem:
        raise TrainError(f"{path} cannot be decoded ({problem})", "remove it from the training set") from None


def size_of(path: Path) -> tuple[int, int]:
    """Return upright (width, height) from the header alone."""
    try:
        with Image.open(path) as image:
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) >= 5
    except (OSError, ValueError, SyntaxError) as problem:
        raise TrainError(f"{path} is not a picture ({problem})", "remove it from the training set") from None
    return (height, width) if turned else (width, height)
