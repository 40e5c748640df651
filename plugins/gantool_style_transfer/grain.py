"""Noise that belongs to places of the plane, so that tiles agree: what strokes begin from in a flat sky.

A convolutional network makes the same of the same everywhere; where a photograph has nothing, it would paint
nothing.
"""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor

CHANNELS = 2
PERIOD = 256
"""Cells after which it repeats, which nobody sees behind what is made of it."""

_BLUR = 9


def make_grain() -> Tensor:
    """Return (1, 2, 256, 256): white noise in [-1, 1], and the same blurred, of deviation 1 / 2.

    By integers, so that it is the same everywhere.
    """
    hashed = torch.arange(PERIOD * PERIOD, dtype=torch.int64)
    for factor, shift in ((0x45D9F3B, 16), (0x45D9F3B, 16), (0x2C1B3C6D, 12)):
        hashed = ((hashed ^ (hashed >> shift)) * factor + 0x9E3779B9) & 0xFFFFFFFF
    white = (hashed.double() / 2**31 - 1).float().view(1, 1, PERIOD, PERIOD)
    margin = _BLUR // 2
    smooth = functional.avg_pool2d(functional.pad(white, (margin,) * 4, mode="circular"), _BLUR, 1)
    return torch.cat((white, smooth / smooth.std() / 2), 1)


def grain_at(grain: Tensor, x: int, y: int, height: int, width: int) -> Tensor:
    """Return (1, 2, height, width) of it, its corner at the cell (x, y)."""
    rows = torch.arange(y, y + height, device=grain.device) % PERIOD
    columns = torch.arange(x, x + width, device=grain.device) % PERIOD
    return grain[:, :, rows][:, :, :, columns]
