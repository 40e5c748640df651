"""Colours under transparent pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_Array = NDArray[Any]


def spread_colour(pixels: _Array, alpha: _Array) -> _Array:
    """Bleed the visible colours under the fully transparent pixels.

    What stands there is arbitrary, often black, and would bleed into the visible edge when the picture is
    resampled. Holes are filled from a pyramid of alpha-weighted means, finest level first (pull-push;
    Gortler et al., "The Lumigraph", SIGGRAPH 1996, section 3.4).

    Args:
        pixels: (H, W, C), uint8 or uint16.
        alpha: (H, W) of the same type.

    Returns:
        Pixels that differ from those given only where `alpha` is 0; the same array where nothing is.
    """
    if alpha.all() or not alpha.any():
        return pixels
    return _filled(pixels, alpha)


def _filled(pixels: _Array, alpha: _Array) -> _Array:
    """Fill the holes of one level from the next coarser one."""
    if alpha.all() or max(alpha.shape) == 1:
        return pixels
    coarse = _filled(*_halved(pixels, alpha))
    height, width = alpha.shape
    rows, columns = np.nonzero(alpha == 0) if np.count_nonzero(alpha) * 2 > alpha.size else (None, None)
    out = pixels.copy()
    if rows is not None and columns is not None:  # Few holes: touch these alone.
        out[rows, columns] = coarse[rows // 2, columns // 2]
        return out
    wide = coarse.repeat(2, axis=0)[:height].repeat(2, axis=1)[:, :width]
    np.copyto(out, wide, where=(alpha == 0)[..., None])
    return out


def _halved(pixels: _Array, alpha: _Array) -> tuple[_Array, _Array]:
    """Return the alpha-weighted mean colour of each 2 x 2 block, and its alpha (0 where all four are)."""
    kind = pixels.dtype
    height, width = alpha.shape
    weight = np.zeros((-(-height // 2), -(-width // 2)), np.float32)
    colour = np.zeros((*weight.shape, pixels.shape[2]), np.float32)
    for top in (0, 1):
        for left in (0, 1):
            part = alpha[top::2, left::2].astype(np.float32)
            rows, columns = part.shape
            weight[:rows, :columns] += part
            colour[:rows, :columns] += pixels[top::2, left::2] * part[..., None]
    colour /= np.maximum(weight, 1)[..., None]
    mean = np.ceil(weight / 4).astype(kind)  # Rounded up: what is faint must not become a hole.
    return np.rint(colour).astype(kind), mean
