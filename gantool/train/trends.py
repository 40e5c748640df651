"""Whether a series of figures swings ever wider, or has been low for long. Torch-free."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, takewhile
from statistics import fmean, median

TURNS = 0.5
"""Share of steps at which a swinging series turns round."""
WIDE = 0.5
"""Least swing, as a part of the series' level, that is worth a word."""
FEWEST = 12
"""Values below which the halves of plain noise differ too easily."""


def swings(values: Sequence[float]) -> float:
    """Return how much wider the later half swings than the earlier; 0 where the series does not swing.

    A series swings when at least half of its steps turn round; noise does, too, but without
    growing. The width is the mean size of a step; beside an earlier half that stood still, such as a loss
    that was 0, none is wide.
    """
    steps = [after - before for before, after in pairwise(values)]
    if len(values) < FEWEST or _turns(steps) < TURNS:
        return 0.0
    middle = len(steps) // 2
    earlier, later = (fmean(abs(step) for step in half) for half in (steps[:middle], steps[middle:]))
    level = fmean(abs(value) for value in values)
    if later < WIDE * level or earlier == 0.0:
        return 0.0
    return later / max(earlier, 1e-3 * level)


def smoothed(values: Sequence[float]) -> list[float]:
    """Return for each value the median of it and the two before, as far as there are any."""
    return [median(values[max(0, index - 2) : index + 1]) for index in range(len(values))]


def lasting(values: Sequence[float], limit: float) -> int:
    """Return how many values, up to the newest, have been below a limit without a break."""
    return sum(1 for _ in takewhile(lambda value: value < limit, reversed(values)))


def _turns(steps: Sequence[float]) -> float:
    return fmean(1.0 if before * after < 0 else 0.0 for before, after in pairwise(steps))
