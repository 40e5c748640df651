"""How far pixels are from holes."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor


def distance(marked: Tensor, reach: int) -> Tensor:
    """Return each pixel's Euclidean distance to the nearest marked one; `reach` + 1 beyond `reach`.

    First along rows, then the least over columns of the sum of squares (Felzenszwalb and Huttenlocher, 2012,
    with a window in the place of their envelope).

    Args:
        marked: (H, W), bool.
        reach: how far is looked, in pixels.
    """
    beyond = reach + 1
    along = _along_rows(marked, beyond).square()
    rows = functional.pad(along, (0, 0, reach, reach), value=float(beyond**2))
    height = marked.shape[0]
    least = along
    for shift in range(1, reach + 1):
        for top in (reach - shift, reach + shift):
            least = torch.minimum(least, rows[top : top + height] + shift**2)
    return torch.where(least <= reach**2, least.sqrt(), float(beyond))


def _along_rows(marked: Tensor, beyond: int) -> Tensor:
    place = torch.arange(marked.shape[1], device=marked.device).expand(marked.shape)
    far = marked.shape[1] + beyond
    last = torch.where(marked, place, -far).cummax(1).values
    following = torch.where(marked, -place, -far).flip(1).cummax(1).values.flip(1)
    return torch.minimum(place - last, -following - place).clamp(max=beyond).float()


def dilated(holes: Tensor, pixels: int) -> Tensor:
    """Return the holes (H, W), bool, grown by so many pixels on all sides."""
    return holes if pixels == 0 else distance(holes, pixels) <= pixels
