"""Seeded masks of holes: brush strokes, boxes, scratches and object-like blobs. Torch-free."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Mask = NDArray[np.bool_]
"""(side, side); True is a hole."""

_TRIES = 1000


class Shape(StrEnum):
    """What holes look like."""

    strokes = "strokes"
    boxes = "boxes"
    scratches = "scratches"
    blobs = "blobs"


def seeded_mask(shape: Shape, side: int, seed: int, least: float, most: float) -> Mask:
    """Return the mask of `side` x `side` pixels that the seed stands for, with a share of holes in a range.

    Args:
        shape: of the holes.
        side: in pixels.
        seed: any whole number from 0.
        least: smallest share of the area, 0 to 1.
        most: largest share.
    """
    rng = np.random.default_rng(seed)
    for _ in range(_TRIES):
        mask = draw_mask(shape, side, rng, rng.uniform(least, most))
        if least <= mask.mean() <= most:
            return mask
    raise ValueError(f"no mask of {shape.value} has a share of {least:g} to {most:g} of {side} pixels")


def draw_mask(shape: Shape, side: int, rng: np.random.Generator, share: float) -> Mask:
    """Return a mask whose holes cover `share` of the area, and what the last figure adds."""
    canvas = Image.new("L", (side, side))
    pen = ImageDraw.Draw(canvas)
    for _ in range(_TRIES):
        missing = share - canvas.histogram()[1] / side**2
        if missing <= 0:
            break
        _FIGURES[shape](pen, side, rng, missing)
    return np.asarray(canvas) > 0


def _stroke(pen: ImageDraw.ImageDraw, side: int, rng: np.random.Generator, missing: float) -> None:
    """Draw a brush stroke: a random walk of straight pieces with round joints, thin or wide."""
    # No wider than what is missing asks for, so that small shares are met, too.
    widest = side * min(1 / 10, max(1 / 32, 2 * missing))
    width = float(np.exp(rng.uniform(np.log(max(3, side / 64)), np.log(max(4, widest)))))
    place, angle = rng.uniform(0, side, 2), rng.uniform(0, 2 * np.pi)
    for _ in range(int(rng.integers(2, 8))):
        angle += rng.normal(0, 0.7)
        reach = place + rng.uniform(1 / 16, 1 / 6) * side * np.array([np.cos(angle), np.sin(angle)])
        pen.line([*place, *reach], fill=1, width=max(1, round(width)))
        _dot(pen, place, width / 2)
        _dot(pen, reach, width / 2)
        place = np.clip(reach, 0, side - 1)


def _box(pen: ImageDraw.ImageDraw, side: int, rng: np.random.Generator, missing: float) -> None:
    """Draw an upright rectangle of at most what is missing."""
    area = side**2 * max(missing, 0.002) * rng.uniform(0.3, 1)
    stretch = float(np.exp(rng.normal(0, 0.4)))
    width, height = (min(side - 1, max(2, area**0.5 * by)) for by in (stretch, 1 / stretch))
    x, y = rng.uniform(0, side - width), rng.uniform(0, side - height)
    pen.rectangle([x, y, x + width, y + height], fill=1)


def _scratch(pen: ImageDraw.ImageDraw, side: int, rng: np.random.Generator, missing: float) -> None:
    """Draw a thin, slightly bent line across, or a few specks."""
    if rng.random() < 0.3:
        for _ in range(int(rng.integers(1, 6))):
            _dot(pen, rng.uniform(0, side, 2), rng.uniform(0.5, 3))
        return
    width, length = int(rng.integers(1, 5)), rng.uniform(0.2, 1.2) * side
    place, angle = rng.uniform(0, side, 2), rng.uniform(0, 2 * np.pi)
    bend = rng.normal(0, 0.02)
    points = [place]
    for _ in range(24):
        angle += bend + rng.normal(0, 0.03)
        points.append(points[-1] + length / 24 * np.array([np.cos(angle), np.sin(angle)]))
    pen.line([tuple(point) for point in points], fill=1, width=width, joint="curve")


def _blob(pen: ImageDraw.ImageDraw, side: int, rng: np.random.Generator, missing: float) -> None:
    """Draw a closed, wavy outline, as a thing or a person might have; at most of what is missing."""
    radius = side * (max(missing, 0.002) * rng.uniform(0.4, 1) / np.pi) ** 0.5
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    waves = sum(
        rng.normal(0, 0.35 / order) * np.cos(order * turn + rng.uniform(0, 2 * np.pi))
        for order in range(1, 7)
    )
    reach = radius * np.exp(waves - np.mean(waves))
    stretch, tilt = float(np.exp(rng.normal(0, 0.3))), rng.uniform(0, np.pi)
    outline = np.stack([reach * np.cos(turn) * stretch, reach * np.sin(turn) / stretch])
    rotation = np.array([[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]])
    centre = rng.uniform(0, side, 2)
    pen.polygon([tuple(point) for point in (rotation @ outline).T + centre], fill=1)


def _dot(pen: ImageDraw.ImageDraw, place: NDArray[np.float64], radius: float) -> None:
    x, y = place
    pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=1)


_FIGURES: dict[Shape, Callable[[ImageDraw.ImageDraw, int, np.random.Generator, float], None]] = {
    Shape.strokes: _stroke,
    Shape.boxes: _box,
    Shape.scratches: _scratch,
    Shape.blobs: _blob,
}
