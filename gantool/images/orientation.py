"""EXIF's eight orientations, applied to arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def upright(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn or mirror (H, W, ...) so that the top is up (Exif 3.0, tag 0x0112); contiguous."""
    if orientation >= 5:
        array = np.swapaxes(array, 0, 1)  # The stored rows are the picture's columns.
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    return np.ascontiguousarray(array)


def upright_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Return width and height of the picture upright."""
    return (height, width) if orientation >= 5 else (width, height)
