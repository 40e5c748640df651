"""Pictures for training: always RGB, 8 bit, upright. Torch-free."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gantool.images import decode, probe

MAX_PIXELS = 500_000_000


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """Return (H, W, 3) uint8, upright; alpha is left out, 16 bits are rounded, grey is repeated.

    Raises:
        ImageError: the file cannot be decoded.
    """
    pixels = decode(path, max_pixels=MAX_PIXELS).pixels
    if pixels.dtype == np.uint16:
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels


def size_of(path: Path) -> tuple[int, int]:
    """Return upright (width, height) from the header alone; ImageError where it cannot be read."""
    header = probe(path)
    return header.width, header.height
