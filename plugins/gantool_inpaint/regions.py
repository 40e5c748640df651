"""Where there is work: tight boxes around holes, and what is read around them. Torch-free."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from gantool.task import Box

CELL = 32
"""Holes are gathered on a grid of so many pixels."""

GAP = 1
"""Empty cells that may lie between holes of one group."""

CONTEXT = 64
"""Pixels read around a box: what the network sees, a multiple of what it halves by."""

SMALLEST = 256
"""Boxes whose longer side is below are not cut any further."""

Holes = NDArray[np.bool_]


def groups(holes: Holes) -> tuple[Box, ...]:
    """Return the tight boxes of groups of holes (H, W); holes of one group are less than two cells apart."""
    cells = _cells(holes)
    found = (_bounds(members) for members in _components(cells))
    boxes = (tight(holes, _in_pixels(bounds)) for bounds in found)
    return tuple(box for box in boxes if box is not None)


def areas(holes: Holes, box: Box) -> list[Box]:
    """Return boxes that hold all of a group's holes, cut where that spares work: a long thin scratch is.

    A cut in the middle of the longer side is kept if what is read for both halves is less than for the whole.
    """
    if max(box.width, box.height) < SMALLEST:
        return [box]
    halves = [half for part in _halves(box) if (half := tight(holes, part)) is not None]
    parts = [area for half in halves for area in areas(holes, half)]
    return parts if sum(map(cost, parts)) < cost(box) else [box]


def cost(box: Box) -> int:
    """Return the pixels read for a box."""
    return (box.width + 2 * CONTEXT) * (box.height + 2 * CONTEXT)


def tight(holes: Holes, box: Box) -> Box | None:
    """Return the smallest box around the holes inside `box`, or None where there are none."""
    part = holes[box.y : box.y + box.height, box.x : box.x + box.width]
    rows, columns = (np.flatnonzero(part.any(axis)) for axis in (1, 0))
    if not len(rows):
        return None
    left, top = int(columns[0]), int(rows[0])
    return Box(box.x + left, box.y + top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1)


def _halves(box: Box) -> tuple[Box, Box]:
    if box.width >= box.height:
        half = box.width // 2
        return (
            Box(box.x, box.y, half, box.height),
            Box(box.x + half, box.y, box.width - half, box.height),
        )
    half = box.height // 2
    return Box(box.x, box.y, box.width, half), Box(box.x, box.y + half, box.width, box.height - half)


def _cells(holes: Holes) -> Holes:
    """Return (rows, columns) of cells, True where one holds a part of a hole."""
    height, width = holes.shape
    over_rows = np.logical_or.reduceat(holes, np.arange(0, height, CELL), axis=0)
    cells: Holes = np.logical_or.reduceat(over_rows, np.arange(0, width, CELL), axis=1)
    return cells


def _components(cells: Holes) -> Iterator[Sequence[tuple[int, int]]]:
    """Yield the cells (row, column) of each group: neighbours with at most GAP empty cells between."""
    left = {(int(row), int(column)) for row, column in np.argwhere(cells)}
    while left:
        found, ahead = [], [left.pop()]
        while ahead:
            row, column = ahead.pop()
            found.append((row, column))
            near = range(-GAP - 1, GAP + 2)
            beside = {(row + down, column + right) for down in near for right in near} & left
            left -= beside
            ahead += beside
        yield found


def _bounds(members: Sequence[tuple[int, int]]) -> tuple[int, int, int, int]:
    rows, columns = zip(*members, strict=True)
    return min(rows), min(columns), max(rows) + 1, max(columns) + 1


def _in_pixels(bounds: tuple[int, int, int, int]) -> Box:
    top, left, bottom, right = (each * CELL for each in bounds)
    return Box(left, top, right - left, bottom - top)
