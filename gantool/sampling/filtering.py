"""Which made images serve as training data: near real ones, but copies of none.

Distances are those of features. An image is off the manifold where it lies in no real image's sphere, as
far as its K-th nearest real neighbour (Kynkäänniemi et al. 2019). It is a copy where it lies as near to a
real image as few real images lie to each other. Real ones that are there twice count once: their distance of
0 would let copies pass.
"""

from __future__ import annotations

from enum import StrEnum
from hashlib import sha256

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
        """Measure features (M, F) of `distinct` real images of a class; UsageError for fewer than three."""
        if len(real) < NEIGHBOURS:
            raise UsageError(
                f"class {name} has {len(real)} pictures that differ, too few to compare with",
                f"give {NEIGHBOURS} or more",
            )
        self._real = real
        self._radii = radii(real, min(NEIGHBOURS, len(real) - 1))
        self.copy_distance = copy_distance(radii(real, 1))

    def judge(self, features: Tensor) -> list[Verdict]:
        """Return what becomes of each image, by its features (N, F)."""
        apart = torch.cdist(features, self._real)
        inside = (apart <= self._radii).any(1).tolist()
        copied = (apart.amin(1) <= self.copy_distance).tolist()
        return [_verdict(*each) for each in zip(inside, copied, strict=True)]


def copy_distance(apart: Tensor) -> float:
    """Return how near a copy lies, from the distance of each of `distinct` real images to its nearest."""
    return float(torch.quantile(apart, COPIES))


def distinct(images: Tensor) -> Tensor:
    """Return the places, in order, of images (N, ...) whose pixels none before them has."""
    first: dict[bytes, int] = {}
    for index, image in enumerate(images):
        first.setdefault(sha256(image.cpu().numpy().tobytes()).digest(), index)
    return torch.tensor(list(first.values()), dtype=torch.long)


def _verdict(inside: bool, copied: bool) -> Verdict:
    if copied:
        return Verdict.COPY
    return Verdict.KEPT if inside else Verdict.OFF_MANIFOLD
