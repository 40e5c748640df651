"""A CSV of figures that grows by rows, with one header for the whole file. Torch-free."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

STEP = "step"


class Rows:
    """Figures by step. `columns` are declared up front; what a row lacks is left empty.

    A figure that nobody declared, or that an older file has no column for, extends the header of the file.
    """

    def __init__(self, path: Path, columns: Sequence[str] = ()) -> None:
        self._path = path
        self._header = _header(path)
        if self._header:
            self._extend(columns)
        else:
            self._header = [STEP, *columns]

    def append(self, step: int, figures: Mapping[str, float]) -> None:
        """Add a row, whole or, where the disk is full, not at all."""
        self._extend(figures)
        row = {STEP: str(step), **{name: f"{value:.8g}" for name, value in figures.items()}}
        before = self._path.stat().st_size if self._path.exists() else 0
        try:
            with self._path.open("a", newline="") as file:
                writer = csv.DictWriter(file, self._header, restval="")
                if not before:
                    writer.writeheader()
                writer.writerow(row)
        except OSError:
            os.truncate(self._path, before)
            raise

    def drop_after(self, step: int) -> None:
        """Drop the rows of later steps: a run that goes back, or is resumed, writes them anew."""
        self._rewrite(lambda row: float(row[STEP]) <= step)

    def _extend(self, names: Iterable[str]) -> None:
        new = [name for name in names if name not in self._header]
        if new:
            self._header += new
            self._rewrite(lambda _: True)

    def _rewrite(self, wanted: Callable[[Mapping[str, str]], bool]) -> None:
        if not self._path.exists():
            return
        rows = [row for row in _read(self._path) if wanted(row)]
        temporary = self._path.with_suffix(".tmp")
        with temporary.open("w", newline="") as file:
            writer = csv.DictWriter(file, self._header, restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        os.replace(temporary, self._path)  # noqa: PTH105


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
