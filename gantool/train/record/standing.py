"""Where a run stands: how far, how good, and whether it still goes."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from safetensors import SafetensorError, safe_open

from gantool.train.record.figures import Figures

BEST_FILE = "best.safetensors"
_QUIET = 300.0


class State(StrEnum):
    """`RUNNING` is a guess: a run that has written something lately and has not ended."""

    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"


@dataclass(frozen=True)
class Best:
    """The best validation. `higher_is_better` is None where the run has validated too little to tell."""

    figure: str
    value: float
    step: int
    higher_is_better: bool | None


@dataclass(frozen=True)
class Saved:
    """What the newest readable checkpoint says of itself; `elapsed` is training time in seconds."""

    step: int
    elapsed: float
    best: float | None


def read_saved(folder: Path) -> Saved | None:
    """Return the newest readable checkpoint's position, from its header alone; None where there is none."""
    for path in sorted((folder / "checkpoints").glob("step-*.safetensors"), reverse=True):
        try:
            with safe_open(path, framework="numpy") as file:
                skeleton = json.loads(file.metadata()["tree"])
            position = dict(dict(skeleton["$items"])["position"]["$items"])
            best = position.get("best")
            return Saved(
                int(position["step"]),
                float(position["elapsed"]),
                float(best) if isinstance(best, int | float) else None,
            )
        except (SafetensorError, OSError, ValueError, KeyError, TypeError):
            continue
    return None


def find_best(val: Figures, saved: Saved | None) -> Best | None:
    """Return the best validation so far.

    Which figure picks the best, and whether high is good, only the recipe knows; the checkpoint keeps the
    best value. The column that had it, and whether it was the largest or smallest until then, tell the rest.
    """
    if saved is None or saved.best is None:
        return None
    for name, column in val.columns.items():
        seen = [value for step, value in zip(val.steps, column, strict=True) if step <= saved.step]
        seen = [value for value in seen if math.isfinite(value)]
        if any(math.isclose(value, saved.best, rel_tol=1e-6) for value in seen):
            return _best(name, val, _direction(saved.best, seen), saved.best)
    return None


def exported_weights(folder: Path) -> tuple[Path, ...]:
    """Return the weight files that the run has exported."""
    return tuple(sorted(path for path in folder.glob("*.safetensors") if path.name != BEST_FILE))


def state_of(folder: Path, log_window: float) -> State:
    """Return whether the run is over, goes on or stopped.

    Args:
        folder: the run folder.
        log_window: seconds between two log lines, 0 where not known.
    """
    if exported_weights(folder):
        return State.FINISHED
    quiet = time.time() - last_written(folder)
    return State.RUNNING if quiet < max(_QUIET, 3 * log_window) else State.STOPPED


def last_written(folder: Path) -> float:
    """Return when the run last wrote a figure, an event or a checkpoint (seconds since 1970)."""
    names = ("run.json", "train.csv", "val.csv", "events.jsonl", "environment.json", "checkpoints")
    return max((_modified(folder / name) for name in names), default=0.0)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _direction(best: float, seen: list[float]) -> bool | None:
    highest = math.isclose(best, max(seen), rel_tol=1e-6)
    lowest = math.isclose(best, min(seen), rel_tol=1e-6)
    return None if highest == lowest else highest


def _best(name: str, val: Figures, higher: bool | None, kept: float) -> Best:
    rows = [(value, step) for step, value in zip(val.steps, val.columns[name], strict=True) if value == value]
    if higher is None:
        value, step = next(row for row in rows if math.isclose(row[0], kept, rel_tol=1e-6))
    else:
        value, step = max(rows, key=lambda row: row[0] if higher else -row[0])
    return Best(name, value, int(step), higher)
