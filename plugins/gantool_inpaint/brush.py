"""Brush strokes for measuring: the same on every machine and for ever, whatever training draws.

Nothing but whole numbers and Python's `random.random`, whose sequence is promised not to change.
"""

from __future__ import annotations

import math
import random

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
"""(side, side); True is a hole."""

_TURNS, _UNIT = 64, 1000
_DIRECTIONS = tuple(
    (round(_UNIT * math.cos(turn * math.tau / _TURNS)), round(_UNIT * math.sin(turn * math.tau / _TURNS)))
    for turn in range(_TURNS)
)
_Point = tuple[int, int]


def brush_mask(side: int, seed: int, least: float, most: float) -> Mask:
    """Return strokes of a round brush that cover a share of the area from `least` to `most`.

    Args:
        side: in pixels.
        seed: any whole number.
        least: 0 to 1; what is drawn aims at the middle of the range.
        most: at least `least` + 0.03: one stroke covers up to so much.
    """
    rng = random.Random(seed)  # noqa: S311 - no secret
    target = least + (0.1 + 0.7 * rng.random()) * (most - least)
    while True:
        mask = np.zeros((side, side), np.bool_)
        while mask.mean() < target:
            _stroke(mask, rng, target)
        if least <= mask.mean() <= most:
            return mask


def _stroke(mask: Mask, rng: random.Random, target: float) -> None:
    """Draw a random walk of straight pieces until the target is reached."""
    side = len(mask)
    here = (_below(rng, side), _below(rng, side))
    turn = _below(rng, _TURNS)
    # Small shares are met by thin strokes.
    width = max(3, side // 40) + _below(rng, max(1, min(side // 12, round(side * target)) - side // 40))
    for _ in range(4 + _below(rng, 6)):
        turn = (turn + _below(rng, 17) - 8) % _TURNS
        length = side // 16 + _below(rng, max(1, side // 10))
        right, down = _DIRECTIONS[turn]
        there = (here[0] + length * right // _UNIT, here[1] + length * down // _UNIT)
        _draw(mask, here, there, width)
        if mask.mean() >= target:
            return
        here = (min(max(there[0], 0), side - 1), min(max(there[1], 0), side - 1))


def _draw(mask: Mask, start: _Point, end: _Point, width: int) -> None:
    """Mark every pixel at most half of `width` from the line between two points."""
    side = len(mask)
    left, right = (max(0, min(start[0], end[0]) - width), min(side, max(start[0], end[0]) + width + 1))
    top, bottom = (max(0, min(start[1], end[1]) - width), min(side, max(start[1], end[1]) + width + 1))
    x = np.arange(left, right, dtype=np.int64)[None] - start[0]
    y = np.arange(top, bottom, dtype=np.int64)[:, None] - start[1]
    along_x, along_y = end[0] - start[0], end[1] - start[1]
    # A point has a line of length 0, of which everything is as far as its start.
    length = max(1, along_x**2 + along_y**2)
    along = np.clip(x * along_x + y * along_y, 0, length)
    # Distances times the line's length squared, so that there is no division.
    apart = (x * length - along * along_x) ** 2 + (y * length - along * along_y) ** 2
    mask[top:bottom, left:right] |= 4 * apart <= (width * length) ** 2


def _below(rng: random.Random, count: int) -> int:
    return int(rng.random() * count)
