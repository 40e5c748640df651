"""The holes that a network is trained with: all shapes, large and small."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gantool_inpaint.masks import Mask, Shape, draw_mask

REFERENCE = 256
"""Least side of what holes are drawn on: they are to be as wide in small patches as in large ones."""

_SEEDS = 2**62
_TRIES = 100
_LEAST, _MOST = 0.02, 0.65


@dataclass(frozen=True)
class Habit:
    """How often holes have a shape, and the largest share of the area that they are meant to have."""

    shape: Shape
    chance: float
    most: float


# Mostly thin holes: what fills them can be foretold, so that a network learns more from them.
HABITS = (
    Habit(Shape.strokes, 0.6, 0.5),
    Habit(Shape.scratches, 0.2, 0.4),
    Habit(Shape.blobs, 0.15, 0.3),
    Habit(Shape.boxes, 0.05, 0.3),
)


def holes(count: int, side: int, rng: torch.Generator) -> Tensor:
    """Return `count` masks (N, 1, side, side), 1 in holes."""
    seeds = torch.randint(_SEEDS, (count,), generator=rng).tolist()
    return torch.stack([torch.from_numpy(random_mask(side, seed)).float()[None] for seed in seeds])


def random_mask(side: int, seed: int) -> Mask:
    """Return the mask of `side` x `side` pixels that the seed stands for; 2 to 65 % of it are holes."""
    rng = np.random.default_rng(seed)
    for _ in range(_TRIES):
        habit = HABITS[int(rng.choice(len(HABITS), p=[habit.chance for habit in HABITS]))]
        whole = max(side, REFERENCE)
        mask = draw_mask(habit.shape, whole, rng, rng.uniform(0.03, habit.most))
        y, x = rng.integers(0, whole - side + 1, 2)
        window = mask[y : y + side, x : x + side]
        if _LEAST <= window.mean() <= _MOST:
            return np.ascontiguousarray(window)
    raise RuntimeError(f"no window of {side} pixels has holes in {_TRIES} masks")
