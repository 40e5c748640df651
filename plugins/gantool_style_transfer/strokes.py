"""The size of strokes: the network sees the picture smaller or larger, on a grid that tiles share.

A network paints strokes of some pixels. Seen at half the size, the picture comes out with strokes that are
twice as large. Tiles agree because each begins on the same grid of whole blocks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch.nn.functional as functional
from torch import Tensor

STEPS = 16
"""Stroke sizes are whole numbers of sixteenths, so that blocks are small."""

_REACH = 2
"""A bicubic kernel's radius, in the coarser one's pixels."""


@dataclass(frozen=True)
class Grid:
    """A block of `outer` pixels a side, of the picture, is one of `inner` pixels to the network."""

    outer: int
    inner: int

    @classmethod
    def of(cls, stroke_size: float, multiple_of: int) -> Grid:
        """Return the smallest blocks for a stroke size; the network takes multiples of `multiple_of`."""
        if stroke_size == 1:
            return cls(multiple_of, multiple_of)
        inner = math.lcm(STEPS, multiple_of)
        outer = round(stroke_size * STEPS) * inner // STEPS
        shared = math.gcd(outer, inner // multiple_of)
        return cls(outer // shared, inner // shared)

    @property
    def plain(self) -> bool:
        """Whether the network sees the picture's own pixels."""
        return self.outer == self.inner

    @property
    def coarseness(self) -> float:
        """Return how many picture pixels stand side by side in one of the network's."""
        return self.outer / self.inner

    def halo(self, inner: int) -> int:
        """Return in picture pixels what `inner` of the network's reach to, with both resamplings."""
        if self.plain:
            return inner
        there = _REACH * max(1.0, self.coarseness)
        back = (_REACH * max(1.0, 1 / self.coarseness) + inner + 1) * self.coarseness
        return math.ceil(there + back) + 1

    def there(self, place: int) -> int:
        """Return where a block's border lies to the network."""
        return place * self.inner // self.outer

    def inward(self, image: Tensor) -> Tensor:
        """Return a picture of whole blocks, (N, C, h, w), as the network sees it."""
        return self._resampled(image, self.outer, self.inner)

    def outward(self, image: Tensor) -> Tensor:
        """Return what the network made at the picture's size."""
        return self._resampled(image, self.inner, self.outer)

    def _resampled(self, image: Tensor, per: int, to: int) -> Tensor:
        if self.plain:
            return image
        height, width = (side * to // per for side in image.shape[2:])
        return resized(image.float(), height, width)


def resized(image: Tensor, height: int, width: int) -> Tensor:
    """Return (N, C, height, width), bicubic, averaging where it gets smaller; the same where it fits."""
    if image.shape[2:] == (height, width):
        return image
    return functional.interpolate(image, (height, width), mode="bicubic", align_corners=False, antialias=True)
