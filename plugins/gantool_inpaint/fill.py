"""A smooth fill of holes by averages over ever larger squares."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor

_NOTHING = 1e-6


def smooth_fill(image: Tensor, mask: Tensor) -> Tensor:
    """Return `image` (N, C, H, W), its holes, where `mask` (N, 1, H, W) is 1, filled from around them.

    Pull-push (Gortler et al. 1996, "The Lumigraph"): the known pixels are averaged over squares of 2, 4, 8
    ... pixels until nothing is missing; each level then fills the next finer one's gaps. Where the mask is 0
    the picture stays as it is; a picture that is all hole becomes 0.
    """
    known = 1 - mask
    with torch.autocast(image.device.type, enabled=False):
        return _filled((image * known).float(), known.float())


def _filled(weighted: Tensor, weight: Tensor) -> Tensor:
    """Return averages by weight, taken from coarser levels as far as the weight (0 to 1) is missing."""
    own = weighted / weight.clamp(min=_NOTHING)
    if max(weight.shape[2:]) == 1:
        return own
    # Four quarters of a known pixel make a known one: an edge of one known pixel is not to count for little.
    summed = _halved(torch.cat((weighted, weight), 1)) * 4
    total = summed[:, -1:]
    coarse = _filled(summed[:, :-1] / total.clamp(min=1), total.clamp(max=1))
    above = functional.interpolate(coarse, size=weight.shape[2:], mode="bilinear", align_corners=False)
    return own * weight + above * (1 - weight)


def _halved(image: Tensor) -> Tensor:
    """Return means over squares of two pixels; at odd borders over what there is of them."""
    return functional.avg_pool2d(image, 2, ceil_mode=True, count_include_pad=False)
