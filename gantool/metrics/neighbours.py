"""Nearest neighbours between sets of features: which made images are like real ones, which real ones are met.

Precision and recall after Kynkäänniemi et al. 2019, density and coverage after Naeem et al. 2020. Features
are (N, F); distances are Euclidean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

ROWS = 1024
"""Of a matrix of distances that are held at once."""


@dataclass(frozen=True)
class Neighbourhoods:
    """All four are shares, but density, which may exceed 1 where made images crowd around typical ones."""

    precision: float
    recall: float
    density: float
    coverage: float


def radii(features: Tensor, neighbours: int, among: Tensor | None = None) -> Tensor:
    """Return (N,): the distance of each to its `neighbours`-th nearest of the others.

    `among` is a larger set that holds all of `features`, itself included.
    """
    distances = _distances(features, features if among is None else among)
    nearest = [part.topk(neighbours + 1, dim=1, largest=False).values[:, -1] for part in distances]
    return torch.cat(nearest)


def nearest_distances(features: Tensor, others: Tensor) -> Tensor:
    """Return (N,): the distance of each to the nearest of `others`."""
    return torch.cat([part.amin(1) for part in _distances(features, others)])


def nearest(features: Tensor, others: Tensor, count: int) -> Tensor:
    """Return (N, count): indices of the nearest of `others`, the nearest first."""
    found = [part.topk(count, dim=1, largest=False).indices for part in _distances(features, others)]
    return torch.cat(found)


def neighbourhoods(real: Tensor, made: Tensor, neighbours: int = 5) -> Neighbourhoods:
    """Compare two sets of features by spheres that reach to the `neighbours`-th nearest of the same set.

    Precision: the share of made images in the sphere of some real one. Recall: the reverse. Density: in how
    many of the real spheres a made image lies, in units of `neighbours`. Coverage: the share of real spheres
    in which a made image lies.
    """
    real_radii, made_radii = radii(real, neighbours), radii(made, neighbours)
    spheres = torch.zeros(len(made), device=real.device)
    covered = torch.zeros(len(real), dtype=torch.bool, device=real.device)
    recalled = torch.zeros(len(real), dtype=torch.bool, device=real.device)
    start = 0
    for part in _distances(real, made):
        rows = slice(start, start + len(part))
        inside = part <= real_radii[rows, None]
        spheres += inside.sum(0)
        covered[rows] = inside.any(1)
        recalled[rows] = (part <= made_radii).any(1)
        start += len(part)
    return Neighbourhoods(
        precision=float((spheres > 0).float().mean()),
        recall=float(recalled.float().mean()),
        density=float(spheres.mean()) / neighbours,
        coverage=float(covered.float().mean()),
    )


def _distances(features: Tensor, others: Tensor) -> Iterator[Tensor]:
    """Yield rows of the matrix of distances, some at once."""
    for part in features.split(ROWS):  # type: ignore[no-untyped-call]
        yield torch.cdist(part, others)
