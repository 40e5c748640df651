"""The patterns that a generator with pixel shuffle draws when it is asked for detail."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor

AROUND = 7
"""Side, in periods, of the squares that the pattern is averaged over: what does not repeat averages out."""

FAINT = 2e-3
"""Of a strength of detail, 0 to 1, about half a level of 8 bits: below it nothing is seen of any pattern."""

DETAIL = 5
"""Side of the squares whose mean is taken off to see fine detail."""


def grid_loss(difference: Tensor, period: int) -> Tensor:
    """Return how strong a pattern is that repeats every `period` pixels, as a mean absolute value.

    A sub-pixel convolution (Shi et al. 2016) has weights of its own for each place of a square of `period`
    pixels. Where detail pays, to give each place another constant is the first thing that it learns, and
    pictures lie behind a fine grid.

    Args:
        difference: of the result and the truth, (N, C, H, W); what repeats in the truth too is no pattern.
        period: the scale of the pixel shuffle.
    """
    height, width = (side - side % period for side in difference.shape[-2:])
    places = functional.pixel_unshuffle(difference[..., :height, :width], period)
    places = places.reshape(len(places), -1, period**2, *places.shape[-2:])
    pattern = (places - places.mean(2, keepdim=True)).flatten(1, 2)
    return functional.avg_pool2d(pattern, min(AROUND, *pattern.shape[-2:])).abs().mean()


def weave_loss(fake: Tensor, target: Tensor, period: int) -> Tensor:
    """Return how much more unevenly detail lies in the squares of a pixel shuffle than it does in the truth.

    Where the pattern of a grid changes its sign from place to place, as on what has texture, its mean is
    nothing, but some places of a square of `period` pixels still have more detail than others, or steeper
    steps to the next. In photographs all have the same, but for chance.

    Args:
        fake: the result, (N, C, H, W) in [0, 1].
        target: the truth, of the same shape; what is uneven in it, by chance, costs nothing.
        period: the scale of the pixel shuffle.

    Returns:
        A mean over pictures, 0 or more: the mean deviation from place to place, as a share of the detail.
    """
    return functional.relu(_unevenness(fake, period) - _unevenness(target, period)).mean()


def _unevenness(image: Tensor, period: int) -> Tensor:
    """Return (N,), of brightness: fine detail, steps to the right and steps down."""
    height, width = (side - side % period for side in image.shape[-2:])
    grey = image[..., :height, :width].mean(1, keepdim=True)
    around = functional.avg_pool2d(grey, DETAIL, 1, DETAIL // 2, count_include_pad=False)
    right = functional.pad(grey.diff(dim=-1), (0, 1, 0, 0))
    down = functional.pad(grey.diff(dim=-2), (0, 0, 0, 1))
    places = functional.pixel_unshuffle(torch.cat((grey - around, right, down), 1).abs(), period)
    pooled = functional.avg_pool2d(places, min(AROUND, *places.shape[-2:]))
    strength = pooled.reshape(len(grey), -1, period**2, *pooled.shape[-2:])
    mean = strength.mean(2, keepdim=True)
    uneven: Tensor = (strength - mean).abs() / (mean + FAINT)
    return uneven.mean((1, 2, 3, 4))
