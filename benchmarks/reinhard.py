"""Plain colour transfer (Reinhard et al. 2001): mean and deviation of each channel of l-alpha-beta."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_LMS = np.array([[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]])
_OPPONENT = np.diag([3**-0.5, 6**-0.5, 2**-0.5]) @ np.array([[1, 1, 1], [1, 1, -2], [1, -1, 0]])
_BLACK = 1 / 255


def transfer(photo: NDArray[np.uint8], painting: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the photograph (h, w, 3) in the colours of a painting of any size."""
    ours, theirs = (_opponent(pixels) for pixels in (photo, painting))
    axes = (0, 1)
    moved = (ours - ours.mean(axes)) / ours.std(axes) * theirs.std(axes) + theirs.mean(axes)
    back = 10 ** (moved @ np.linalg.inv(_OPPONENT).T) @ np.linalg.inv(_LMS).T
    return np.rint((back * 255).clip(0, 255)).astype(np.uint8)


def _opponent(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    cones = np.maximum(pixels / 255, _BLACK) @ _LMS.T
    opponent: NDArray[np.float64] = np.log10(cones) @ _OPPONENT.T
    return opponent
