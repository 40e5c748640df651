"""What instance normalisation needs to know of a whole picture, so that its tiles agree."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gantool.task import Box, Picture
from gantool_style_transfer.normalise import Statistics
from gantool_style_transfer.strokes import Grid, resized

LONGEST = 512
"""The longest side of the reduction that statistics are taken from, in the network's pixels."""

LEAST = 64
"""And the least of its shorter side: a few pixels have no statistics. What is missing is mirrored."""

Measure = Callable[[Tensor, Tensor | None], Statistics]


@dataclass
class Glance:
    """A reduction of the whole picture, (1, 3, h, w), and a painting's code, both on the network's device.

    Statistics are taken when a tile first needs them: only then do the network's weights have the
    precision that tiles are computed in. They are kept for each precision.
    """

    image: Tensor
    code: Tensor | None
    _taken: dict[torch.dtype, Statistics] = field(default_factory=dict)

    def statistics(self, measure: Measure) -> Statistics:
        """Return the statistics at the precision of the moment."""
        kind = self.image.device.type
        reduced = torch.is_autocast_enabled(kind)
        precision = torch.get_autocast_dtype(kind) if reduced else torch.float32
        if precision not in self._taken:
            self._taken[precision] = measure(self.image, self.code)
        return self._taken[precision]


def reduction(whole: Picture, grid: Grid, multiple_of: int) -> Tensor:
    """Return the whole picture (1, 3, h, w) at the network's size, or smaller where it is large."""
    least = math.ceil(LEAST * grid.coarseness)
    sides = max(whole.height, least), max(whole.width, least)
    inner = [side / grid.coarseness for side in sides]
    factor = min(1.0, max(LONGEST / max(inner), LEAST / min(inner)))
    height, width = (max(1, round(side * factor / multiple_of)) * multiple_of for side in inner)
    if sides == (whole.height, whole.width):
        return resized(whole.reduced(max(height, width)), height, width)
    return resized(whole.crop(Box(0, 0, sides[1], sides[0])), height, width)
