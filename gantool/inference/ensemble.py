"""Geometric self-ensemble: the mean of what a network makes of a picture's mirrored and turned views.

Timofte et al. 2016 ("Seven ways to improve example-based single image super resolution"); users know it
as test-time augmentation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gantool.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

    from gantool.task import Geometry

_MIRRORED, _UPSIDE_DOWN, _TRANSPOSED = 1, 2, 4

VIEWS = {1: (0,), 2: (0, 3), 4: (0, 3, 5, 6), 8: tuple(range(8))}
"""By how many there are: the tile as it is, and turned by a half, and by quarters, and all that mirrored."""


def check_tta(tta: int, geometry: Geometry | None = None) -> int:
    """Return the number of views.

    Raises:
        UsageError: it is none of 1, 2, 4 and 8; or the network of that geometry has but one.
    """
    if tta not in VIEWS:
        raise UsageError(f"--tta {tta} is not possible", f"choose {', '.join(map(str, VIEWS))}")
    if tta > 1 and geometry is not None and not geometry.turnable:
        raise UsageError(
            f"--tta {tta} is not possible: what the network makes depends on place and direction",
            "leave it out",
        )
    return tta


def in_words(tta: int) -> str:
    """Return what is added to the words of how something was computed; nothing for one view."""
    return f", mean of {tta} views" if tta > 1 else ""


def averaged(network: Callable[[Tensor], Tensor], image: Tensor, tta: int) -> Tensor:
    """Return the mean over `tta` views of `image` (1, C, h, w) of what `network` makes of each, turned back.

    One view's output comes as it is; a mean is of float32.
    """
    _, *others = VIEWS[tta]
    output = network(image)
    if not others:
        return output
    total = output.float()
    for view in others:
        total = total + _turned_back(network(_turned(image, view)), view)
    return total / tta


def _turned(image: Tensor, view: int) -> Tensor:
    import torch

    axes = [axis for axis, bit in ((3, _MIRRORED), (2, _UPSIDE_DOWN)) if view & bit]
    turned = image.flip(axes)
    turned = turned.transpose(2, 3) if view & _TRANSPOSED else turned
    return turned.contiguous(memory_format=torch.channels_last)


def _turned_back(image: Tensor, view: int) -> Tensor:
    upright = image.transpose(2, 3) if view & _TRANSPOSED else image
    return upright.flip([axis for axis, bit in ((3, _MIRRORED), (2, _UPSIDE_DOWN)) if view & bit])
