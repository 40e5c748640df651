"""What marks holes, read from the command line: boxes, polygons, alpha, a colour, scratches. Torch-free."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from gantool.errors import UsageError
from gantool.task import Box

MOST_TOLERANCE = 255


class Found(StrEnum):
    """What of the picture itself shows the holes."""

    alpha = "alpha"
    scratches = "scratches"


@dataclass(frozen=True)
class Colour:
    """A colour that marks holes: RGB of 255, and how far each channel may be off."""

    rgb: tuple[int, int, int]
    tolerance: int = 0


Polygon = tuple[tuple[int, int], ...]
"""Corners (x, y) in pixels; the last is joined to the first."""


@dataclass(frozen=True)
class Sources:
    """Everything that marks holes beside a mask file; what several mark is united."""

    found: tuple[Found | Colour, ...] = ()
    boxes: tuple[Box, ...] = ()
    polygons: tuple[Polygon, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether anything is marked at all."""
        return bool(self.found or self.boxes or self.polygons)


_COLOUR = re.compile(r"color:#([0-9a-fA-F]{6})(?:~(\d{1,3}))?")


def read_found(text: str) -> Found | Colour:
    """Return what `--mask-from` names.

    Raises:
        UsageError: it is none of what there is.
    """
    if text in list(Found):
        return Found(text)
    match = _COLOUR.fullmatch(text)
    tolerance = int(match[2] or 0) if match else 0
    if match is None or tolerance > MOST_TOLERANCE:
        raise UsageError(
            f"cannot read --mask-from {text!r}", "write alpha, scratches, color:#ff00ff or color:#ff00ff~20"
        )
    red, green, blue = bytes.fromhex(match[1])
    return Colour((red, green, blue), tolerance)


def read_box(text: str) -> Box:
    """Return the box that `--box x,y,w,h` gives, in pixels from the picture's top left.

    Raises:
        UsageError: it is not four whole numbers, or has no area.
    """
    numbers = _numbers(text.replace(" ", ""), ",")
    if len(numbers) != 4 or numbers[2] < 1 or numbers[3] < 1:
        raise UsageError(f"cannot read --box {text!r}", "write x,y,width,height in pixels, like 40,60,120,80")
    return Box(*numbers)


def read_polygon(text: str) -> Polygon:
    """Return the corners that `--polygon "x,y x,y x,y"` gives, in pixels from the picture's top left.

    Raises:
        UsageError: they are not three corners or more.
    """
    corners = [_numbers(corner, ",") for corner in text.split()]
    if len(corners) < 3 or any(len(corner) != 2 for corner in corners):
        raise UsageError(
            f"cannot read --polygon {text!r}", 'write three corners or more, like "10,10 90,10 50,80"'
        )
    return tuple((x, y) for x, y in corners)


def as_text(corners: Polygon) -> str:
    """Return the corners as `--polygon` gives them."""
    return " ".join(f"{x},{y}" for x, y in corners)


def _numbers(text: str, between: str) -> list[int]:
    parts = text.split(between)
    return [int(part) for part in parts] if all(re.fullmatch(r"-?\d+", part) for part in parts) else []
