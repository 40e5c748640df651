"""A CSV of figures that grows by rows, with one header for the whole file. Torch-free."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from gantool.atomic import write_atomic
from gantool.errors import TrainError

STEP = "step"
PACE = ("lr", "steps_per_s", "waiting", "elapsed")
"""Columns of a training row that are neither losses nor health."""


class Rows:
    """Figures by step. `columns` are declared up front; what a row lacks is left empty.

    A figure that nobody declared, or that an older file has no column for, extends the header of the file.
    Nothing is written before the first call, and a call that failed on a full disk can be repeated.
    """

    def __init__(self, path: Path, columns: Sequence[str] = ()) -> None:
        self._path = path
        self._declared = columns
        self._header = _header(path) or [STEP, *columns]

    def append(self, step: int, figures: Mapping[str, float]) -> None:
        """Add a row, whole or, where the disk is full, not at all."""
        self._extend([*self._declared, *figures])
        row = {STEP: str(step), **{name: f"{value:.8g}" for name, value in figures.items()}}
        before = self._path.stat().st_size if self._path.exists() else 0
        try:
            with self._path.open("a", newline="") as file:
                writer = csv.DictWriter(file, self._header, restval="")
                if not before:
                    writer.writeheader()
                writer.writerow(row)
        except OSError:
            with suppress(FileNotFoundError):  # the file itself could not be made
                os.truncate(self._path, before)
            raise

    def drop_after(self, step: int) -> None:
        """Drop the rows of later steps: a run that goes back, or is resumed, writes them anew."""
        self._extend(self._declared)
        self._rewrite(self._header, lambda row: float(row[STEP]) <= step)

    def _extend(self, names: Iterable[str]) -> None:
        new = list(dict.fromkeys(name for name in names if name not in self._header))
        if new:
            header = [*self._header, *new]
            self._rewrite(header, lambda _: True)
            self._header = header  # not before the file has it

    def _rewrite(self, header: Sequence[str], wanted: Callable[[Mapping[str, str]], bool]) -> None:
        if not self._path.exists():
            return
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, header, restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(row for row in _read(self._path) if wanted(row))
        write_atomic(self._path, text.getvalue().encode(), error=TrainError)


def _header(path: Path) -> list[str]:
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return next(csv.reader(file), [])


def _read(path: Path) -> list[dict[str, str]]:
    """Return the whole rows; a kill may have torn the last."""
    with path.open(newline="") as file:
        return [row for row in csv.DictReader(file) if _is_number(row.get(STEP)) and None not in row.values()]


def _is_number(text: str | None) -> bool:
    try:
        float(text or "")
    except ValueError:
        return False
    return True
