"""Changes of sample depth and of alpha, band by band, so that no second whole picture stands in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_BAND = 256


def to_uint8(array: NDArray[Any]) -> NDArray[Any]:
    """Round uint16 to uint8 over the full range (65535 becomes 255); uint8 is returned as it is."""
    if array.dtype == np.uint8:
        return array
    out = np.empty(array.shape, np.uint8)
    for top in range(0, len(array), _BAND):
        out[top : top + _BAND] = (array[top : top + _BAND].astype(np.uint32) + 128) // 257
    return out


def over_white(pixels: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """Composite (H, W, C) with its alpha (H, W), both uint8 or both uint16, over white to uint8."""
    out = np.empty(pixels.shape, np.uint8)
    white = np.uint32(np.iinfo(pixels.dtype).max)
    for top in range(0, len(pixels), _BAND):
        weight = alpha[top : top + _BAND, :, None].astype(np.uint32)
        # At most 65535 * 65535 + 32767, which uint32 just holds.
        mixed = pixels[top : top + _BAND] * weight + white * (white - weight) + white // 2
        out[top : top + _BAND] = to_uint8((mixed // white).astype(pixels.dtype))
    return out


def interleaved(pixels: NDArray[Any], alpha: NDArray[Any] | None) -> NDArray[Any]:
    """Return contiguous (H, W) or (H, W, samples), alpha as the last sample; no copy where none is needed."""
    if alpha is not None:
        return np.concatenate((pixels, alpha[..., None]), axis=2)
    return np.ascontiguousarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
