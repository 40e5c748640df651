"""The pattern that a generator with pixel shuffle draws over everything when it is asked for detail."""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor

AROUND = 7
"""Side, in periods, of the squares that the pattern is averaged over: what does not repeat averages out."""


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
