"""How places of a picture look from afar: what is left of them after a blur."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor

from gantool_inpaint.patches import RADIUS

MEAN = 5
"""The blur is the mean of squares of so many pixels, twice: a standard deviation of two pixels."""


def softened(image: Tensor) -> Tensor:
    """Return (C, H, W) blurred; beyond the borders they are repeated."""
    for _ in range(2):
        beyond = functional.pad(image[None], (MEAN // 2,) * 4, mode="replicate")
        image = functional.avg_pool2d(beyond, MEAN, 1)[0]
    return image


def sparse_patches(soft: Tensor) -> Tensor:
    """Return (H * W, 9 C): of the patch around each pixel every third, which says all that is left of it."""
    height, width = soft.shape[1:]
    beyond = functional.pad(soft[None], (RADIUS,) * 4, mode="replicate")[0]
    steps = (0, RADIUS, 2 * RADIUS)
    seen = [beyond[:, down : down + height, right : right + width] for down in steps for right in steps]
    return torch.cat([each.permute(1, 2, 0) for each in seen], 2).flatten(0, 1)
