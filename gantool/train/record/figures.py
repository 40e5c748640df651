"""`train.csv` and `val.csv` as columns, whatever a kill or a change of columns left of them."""

from __future__ import annotations

import csv
import io
import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

STEP = "step"
ELAPSED = "elapsed"
SPEED = "steps_per_s"


@dataclass(frozen=True)
class Figures:
    """`steps` ascend; every column is as long as they are, NaN where a row has no value."""

    steps: Sequence[float] = ()
    columns: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def last(self, name: str) -> float | None:
        """Return the newest finite value of a column, None where there is none."""
        return next((value for value in reversed(self.columns.get(name, ())) if math.isfinite(value)), None)

    @cached_property
    def seconds(self) -> Sequence[float]:
        """Return the training time at each step: as logged, or summed from the speed; empty if unknown."""
        if ELAPSED in self.columns:
            return self.columns[ELAPSED]
        if SPEED not in self.columns:
            return ()
        times, now, before = [], 0.0, 0.0
        for step, speed in zip(self.steps, self.columns[SPEED], strict=True):
            now += (step - before) / speed if speed > 0 else 0.0
            times.append(now)
            before = step
        return times


def seconds_at(steps: Sequence[float], known: Figures) -> Sequence[float]:
    """Return the training time at `steps`, drawn straight between the rows of `known`; empty if unknown."""
    times = known.seconds
    if not times:
        return ()
    xs, ys = [0.0, *known.steps], [0.0, *times]
    return [_between(step, xs, ys) for step in steps]


def read_figures(path: Path) -> Figures:
    """Return a CSV's figures; none where there is no file.

    A last line without an end is torn and left out. A row shorter than its header lacks its last columns, and
    what is longer is cut. A further header begins other columns. Where steps go back, the later rows count.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return Figures()
    whole = text[: text.rfind("\n") + 1].replace("\0", "")
    blocks = _even(whole) or [
        _block(header, block) for header, block in _blocks(csv.reader(whole.split("\n")))
    ]
    return _ascending(_joined(blocks))


def last_step(path: Path) -> int:
    """Return the step of a CSV's last whole row without reading the rows before it; 0 where there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - (1 << 16)))
            lines = file.read().split(b"\n")[:-1]
    except OSError:
        return 0
    for line in reversed(lines):
        step = _number(line.split(b",")[0].decode(errors="replace"))
        if math.isfinite(step):
            return int(step)
    return 0


def _even(text: str) -> list[dict[str, list[float]]]:
    """Return the one block of a CSV whose rows are all whole, three times as fast; none for any other."""
    head, _, body = text.partition("\n")
    names = head.strip().split(",")
    if names[0] != STEP or not body.strip():
        return []
    # Twice, because the commas of neighbouring empty cells overlap.
    filled = body.replace("\r", "").replace(",\n", ",nan\n").replace(",,", ",nan,").replace(",,", ",nan,")
    try:
        values = np.loadtxt(io.StringIO(filled), delimiter=",", comments=None, ndmin=2)
    except ValueError:
        return []
    if values.shape[1] != len(names):
        return []
    return [dict(zip(names, values.T.tolist(), strict=True))]


def _blocks(rows: Iterable[list[str]]) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Yield each header with the rows under it."""
    header: list[str] = []
    block: list[list[str]] = []
    for row in rows:
        if row and row[0] == STEP:
            if header:
                yield header, block
            header, block = row, []
        elif row and header:
            block.append(row)
    if header:
        yield header, block


def _block(header: list[str], rows: list[list[str]]) -> dict[str, list[float]]:
    width = len(header)
    even = [row if len(row) == width else (row + [""] * width)[:width] for row in rows]
    columns = zip(*even, strict=True) if even else [()] * width
    return {name: _numbers(column) for name, column in zip(header, columns, strict=True)}


def _joined(blocks: Sequence[dict[str, list[float]]]) -> Figures:
    if len(blocks) == 1:
        return Figures(blocks[0][STEP], {name: column for name, column in blocks[0].items() if name != STEP})
    names = dict.fromkeys(name for block in blocks for name in block if name != STEP)
    columns: dict[str, list[float]] = {name: [] for name in names}
    for block in blocks:
        missing = [math.nan] * len(block[STEP])
        for name, column in columns.items():
            column.extend(block.get(name, missing))
    return Figures([step for block in blocks for step in block[STEP]], columns)


def _ascending(figures: Figures) -> Figures:
    steps = figures.steps
    if all(a < b for a, b in pairwise(steps)) and (not steps or math.isfinite(steps[0])):
        return figures
    kept: list[int] = []
    for index in range(len(steps) - 1, -1, -1):
        if math.isfinite(steps[index]) and (not kept or steps[index] < steps[kept[-1]]):
            kept.append(index)
    kept.reverse()
    columns = {name: [column[i] for i in kept] for name, column in figures.columns.items()}
    return Figures([steps[i] for i in kept], columns)


def _numbers(column: Sequence[str]) -> list[float]:
    try:
        return list(map(float, column))
    except ValueError:
        return [_number(cell) for cell in column]


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _between(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    right = bisect_left(xs, x)
    if right >= len(xs):
        return ys[-1]
    if right == 0 or xs[right] == x:
        return ys[right]
    share = (x - xs[right - 1]) / (xs[right] - xs[right - 1])
    return ys[right - 1] + share * (ys[right] - ys[right - 1])
