"""Long series thinned to what a chart can show: each stretch's mean, and how far it reached up and down."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

POINTS = 600
"""Points of a curve; a chart is rarely wider in pixels."""


@dataclass(frozen=True)
class Curve:
    """`values` are means, `low` and `high` empty where nothing was thinned; None is a gap."""

    values: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()


def ends(length: int, points: int = POINTS) -> tuple[int, ...]:
    """Return where each of at most `points` stretches of a series of `length` ends (exclusive)."""
    count = min(length, points)
    return tuple((index + 1) * length // count for index in range(count))


def positions(xs: Sequence[float], stretches: Sequence[int]) -> tuple[float, ...]:
    """Return the position of each stretch: that of its last element."""
    return tuple(_short(xs[end - 1]) for end in stretches)


def thin(values: Sequence[float], stretches: Sequence[int]) -> Curve:
    """Return the series in stretches; a stretch that has no finite value is a gap."""
    if len(stretches) == len(values):
        return Curve(tuple(_short(value) if math.isfinite(value) else None for value in values))
    means: list[float | None] = []
    lows: list[float | None] = []
    highs: list[float | None] = []
    start = 0
    for end in stretches:
        part = values[start:end]
        mean = sum(part) / len(part)
        if not math.isfinite(mean):  # one bad value spoils the sum: look at each
            part = [value for value in part if math.isfinite(value)]
            mean = sum(part) / len(part) if part else math.nan
        means.append(_short(mean) if part else None)
        lows.append(_short(min(part)) if part else None)
        highs.append(_short(max(part)) if part else None)
        start = end
    return Curve(tuple(means), tuple(lows), tuple(highs))


def _short(value: float) -> float:
    """Return the value in six digits, and whole numbers whole: the page is read by people."""
    if value.is_integer() and abs(value) < 1e15:
        return int(value)
    return float(f"{value:.6g}")
