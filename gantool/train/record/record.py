"""A run folder as it is now, for the command line, the page and comparisons."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

from gantool.errors import TrainError
from gantool.paths import exists, is_folder
from gantool.train.environment import Environment, read_environments
from gantool.train.events import Event, EventKind, read_events
from gantool.train.folder import RUN_FILE
from gantool.train.record.description import Description, read_description
from gantool.train.record.figures import SPEED, Figures, last_step, read_figures
from gantool.train.record.standing import (
    Best,
    Saved,
    State,
    exported_weights,
    find_best,
    last_written,
    read_saved,
    state_of,
)

DEPTH = 3
"""How deep runs are looked for below a folder."""


@dataclass(frozen=True)
class Record:
    """What is read on demand, and once: `list` never needs all of a long run's figures."""

    folder: Path
    description: Description

    @property
    def name(self) -> str:
        """Return the run's name: that of its folder."""
        return self.folder.resolve().name

    @cached_property
    def train(self) -> Figures:
        """Return the figures of the log windows."""
        return read_figures(self.folder / "train.csv")

    @cached_property
    def val(self) -> Figures:
        """Return the figures of the validations."""
        return read_figures(self.folder / "val.csv")

    @cached_property
    def saved(self) -> Saved | None:
        """Return where the newest checkpoint stands."""
        return read_saved(self.folder)

    @cached_property
    def best(self) -> Best | None:
        """Return the best validation."""
        return find_best(self.val, self.saved)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Return what happened, oldest first."""
        return read_events(self.folder)

    @cached_property
    def environments(self) -> tuple[Environment, ...]:
        """Return where it ran, oldest first."""
        return read_environments(self.folder)

    @cached_property
    def step(self) -> int:
        """Return the newest step that is known of."""
        logged = max(last_step(self.folder / name) for name in ("train.csv", "val.csv"))
        return max(logged, self.saved.step if self.saved else 0)

    @cached_property
    def elapsed(self) -> float | None:
        """Return the training time in seconds, as far as it is known."""
        logged = (time for time in reversed(self.train.seconds) if math.isfinite(time))
        known = [*islice(logged, 1), *([self.saved.elapsed] if self.saved else [])]
        return max(known, default=None)

    @property
    def progress(self) -> float | None:
        """Return the part of the budget that is spent."""
        return self.description.progress(self.step, self.elapsed)

    @cached_property
    def state(self) -> State:
        """Return whether the run is over, goes on or stopped."""
        if self.events and self.events[-1].kind is EventKind.STOPPED and not self.weights:
            return State.STOPPED
        speed = self.train.last(SPEED)
        every = self.description.tables.get("trainer", {}).get("log_every", 0)
        window = float(every) / speed if speed and isinstance(every, int | float) else 0.0
        return state_of(self.folder, window)

    @property
    def written(self) -> float:
        """Return when the run last wrote something, in seconds since 1970."""
        return last_written(self.folder)

    @property
    def weights(self) -> tuple[Path, ...]:
        """Return the exported weight files."""
        return exported_weights(self.folder)


@dataclass(frozen=True)
class Unreadable:
    """A run folder that cannot be shown, and why."""

    folder: Path
    problem: str


def read_record(folder: Path) -> Record:
    """Read a run folder.

    Raises:
        TrainError: the folder holds no run, or its description is damaged.
    """
    return Record(folder, read_description(folder))


def find_records(folder: Path) -> tuple[Record | Unreadable, ...]:
    """Return the runs in and below `folder`, by name.

    Raises:
        TrainError: there is no such folder.
    """
    if not is_folder(folder):
        raise TrainError(f"there is no folder {folder}", "name the folder that your runs are in")
    return tuple(_record(found) for found in sorted(_run_folders(folder, DEPTH)))


def _record(folder: Path) -> Record | Unreadable:
    try:
        return read_record(folder)
    except TrainError as problem:
        return Unreadable(folder, str(problem))


def _run_folders(folder: Path, depth: int) -> Iterator[Path]:
    if exists(folder / RUN_FILE):
        yield folder
        return
    if depth == 0:
        return
    try:
        inside = [path for path in folder.iterdir() if is_folder(path) and not path.name.startswith(".")]
    except OSError:
        return
    for path in inside:
        yield from _run_folders(path, depth - 1)
