"""Which made images serve as training data: near real ones, but copies of none.

Distances are those of features. An image is off the manifold where it lies in no real image's sphere, as
far as its K-th nearest real neighbour (Kynkäänniemi et al. 2019). It is a copy where it lies nearer to a real
image than nearly all real images lie to each other.
"""

from __future__ import annotations

from enum import StrEnum

import torch
from torch import Tensor

from gantool.errors import UsageError
from gantool.metrics.neighbours import radii

NEIGHBOURS = 3
COPIES = 0.01
"""Share of real images that are as near to another as a copy would be."""


class Verdict(StrEnum):
    """What becomes of an image, as the manifest names it."""

    KEPT = "kept"
    OFF_MANIFOLD = "off the manifold"
    COPY = "near-copy"


class NeighbourFilter:
    """Judges images of one class by the real ones of that class."""

    def __init__(self, real: Tensor, name: str) -> None:
        """Measure real features (M, F) of the class called `name`; UsageError for fewer than three."""
        if len(real) < NEIGHBOURS:
            raise UsageError(
                f"class {name} has {len(real)} pictures, too few to compare with",
                f"give {NEIGHBOURS} or more",
            )
        self._real = real
        self._radii = radii(real, min(NEIGHBOURS, len(real) - 1))
        self.copy_distance = float(torch.quantile(radii(real, 1), COPIES))

    def judge(self, features: Tensor) -> list[Verdict]:
        """Return what becomes of each image, by its features (N, F)."""
        apart = torch.cdist(features, self._real)
        inside = (apart <= self._radii).any(1).tolist()
        copied = (apart.amin(1) < self.copy_distance).tolist()
        return [_verdict(*each) for each in zip(inside, copied, strict=True)]


def _verdict(inside: bool, copied: bool) -> Verdict:
    if copied:
        return Verdict.COPY
    return Verdict.KEPT if inside else Verdict.OFF_MANIFOLD
