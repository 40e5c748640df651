"""A decoded picture as the contract's `Picture`: tensors cut out of an array on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gantool.task import Box

if TYPE_CHECKING:
    from torch import Tensor

_Array = NDArray[Any]


class ArrayPicture:
    """A `gantool.task.Picture` over (H, W, C) or (H, W), uint8 or uint16, which it never copies whole.

    float32 is taken as it is, 1 being white; values beyond 0 and 1 stay, as papers have their noise.
    """

    def __init__(self, pixels: _Array) -> None:
        self._pixels = pixels[..., None] if pixels.ndim == 2 else pixels
        self._top = 1.0 if pixels.dtype == np.float32 else float(np.iinfo(pixels.dtype).max)

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self._pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self._pixels.shape[0])

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (RGB)."""
        return int(self._pixels.shape[2])

    def crop(self, box: Box) -> Tensor:
        """Return (1, C, box.height, box.width), float32 in [0, 1], on the CPU, channels last in memory.

        Parts outside are reflected without repeating the edge, as often as it takes.
        """
        rows = _reflected(box.y, box.height, self.height)
        columns = _reflected(box.x, box.width, self.width)
        part = self._pixels[rows][:, columns]
        return self._tensor(part.astype(np.float32))

    def reduced(self, longest: int) -> Tensor:
        """Return the whole picture, (1, C, h, w) in [0, 1], area-reduced to at most `longest` a side.

        Each pixel is the mean of those it covers, even in part (as `interpolate(mode="area")`); a picture
        that is small enough comes as it is.
        """
        factor = min(1.0, longest / max(self.width, self.height))
        height, width = (max(1, round(side * factor)) for side in (self.height, self.width))
        out = np.empty((height, width, self.channels), np.float32)
        starts, ends = _windows(self.width, width)
        for row, (top, bottom) in enumerate(zip(*_windows(self.height, height), strict=True)):
            mean = self._pixels[top:bottom].mean(axis=0, dtype=np.float64)
            total = np.concatenate((np.zeros((1, self.channels)), mean.cumsum(axis=0)))
            out[row] = (total[ends] - total[starts]) / (ends - starts)[:, None]
        return self._tensor(out)

    def _tensor(self, values: _Array) -> Tensor:
        """Scale (h, w, C) to [0, 1] and turn the axes."""
        import torch

        values /= self._top
        return torch.from_numpy(values).permute(2, 0, 1).unsqueeze(0)


def _reflected(start: int, length: int, size: int) -> slice | _Array:
    """Return the indices `start ... start + length` folded into 0 ... size - 1."""
    if start >= 0 and start + length <= size:
        return slice(start, start + length)
    if size == 1:
        return np.zeros(length, np.intp)
    folded = np.arange(start, start + length) % (2 * size - 2)
    return np.minimum(folded, 2 * size - 2 - folded)


def _windows(size: int, parts: int) -> tuple[_Array, _Array]:
    """Return where each of `parts` windows starts and ends; neighbours share the pixel they split."""
    number = np.arange(parts)
    return number * size // parts, -(-(number + 1) * size // parts)
