"""Where a picture has most to see: the place of a window that cannot show all of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_SIDE = 192
"""Pixels a side that the search looks at."""
_CENTRE = 0.35
"""How much less a window at the border counts than one in the middle."""


def detail_map(pixels: NDArray[Any]) -> NDArray[np.float64]:
    """Return the mean gradient's size over (H, W, C) pixels, thinned to at most 384 a side."""
    stride = max(1, max(pixels.shape[:2]) // _SIDE)
    grey = pixels[::stride, ::stride].mean(axis=2, dtype=np.float64)
    if min(grey.shape) < 2:
        return np.ones_like(grey)
    down, across = np.gradient(grey)
    size = np.hypot(down, across)
    # One hard edge should not outweigh a field of texture.
    return np.asarray(np.minimum(size, np.quantile(size, 0.95)) + 1e-6, np.float64)


def most_detailed(detail: NDArray[np.float64], share: float) -> tuple[float, float]:
    """Return where the window of `share` of both sides begins, as parts of the width and the height."""
    height, width = detail.shape
    rows, columns = (max(1, round(side * share)) for side in (height, width))
    total = np.zeros((height + 1, width + 1))
    total[1:, 1:] = detail.cumsum(axis=0).cumsum(axis=1)
    sums = (
        total[rows:, columns:] - total[:-rows, columns:] - total[rows:, :-columns] + total[:-rows, :-columns]
    )
    away = np.hypot(_from_middle(sums.shape[0])[:, None], _from_middle(sums.shape[1])[None])
    y, x = np.unravel_index(int(np.argmax(sums * (1 - _CENTRE * away))), sums.shape)
    return float(x) / width, float(y) / height


def _from_middle(count: int) -> NDArray[np.float64]:
    """Return for each of `count` places how far it is from the middle one, 0 to 0.7."""
    if count == 1:
        return np.zeros(1)
    return np.abs(np.linspace(-0.7, 0.7, count))
