"""Runs and comparisons as JSON values and as lines for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from gantool.train.health import Light
from gantool.train.record.comparison import Comparison, Reached
from gantool.train.record.lamps import lamps_of
from gantool.train.record.record import Record, Unreadable
from gantool.train.record.report import REPORT_FILE
from gantool.train.record.standing import Best, State
from gantool.train.record.texts import age_text, best_text, budget_text, duration_text, figure_text

LIST_HEAD = ("run", "task", "kind", "step", "best", "written", "state")
_EVENTS = 8
_SIGNS = {Light.green: "ok", Light.yellow: "watch", Light.red: "act"}


def list_row(found: Record | Unreadable, base: Path) -> tuple[str, ...]:
    """Return a run's line of `runs list`; the state of a run that may still go has a question mark."""
    name = str(found.folder.relative_to(base)) if found.folder != base else str(base)
    if isinstance(found, Unreadable):
        return (name, "", "", "", "", "", found.problem)
    description = found.description
    step = f"{found.step:,} {budget_text(found)}".strip()
    state = "running?" if found.state is State.RUNNING else found.state.value
    return (
        name,
        description.task,
        description.kind,
        step,
        best_text(found.best),
        age_text(found.written),
        state,
    )


def run_record(found: Record | Unreadable) -> dict[str, object]:
    """Return a run as JSON-ready values."""
    if isinstance(found, Unreadable):
        return {"path": str(found.folder), "problem": found.problem}
    description = found.description
    return {
        "path": str(found.folder),
        "task": description.task,
        "kind": description.kind,
        "state": found.state.value,
        "step": found.step,
        "budget": {"steps": description.steps, "time": description.time},
        "progress": found.progress,
        "seconds": found.elapsed,
        "best": _best(found.best),
        "written": datetime.fromtimestamp(found.written, UTC).isoformat(),
    }


def show_record(record: Record) -> dict[str, object]:
    """Return all that `runs show` knows as JSON-ready values."""
    description = record.description
    return {
        **run_record(record),
        "page": _page(record),
        "weights": [str(path) for path in record.weights],
        "health": [
            {"light": lamp.light.name, "title": lamp.title, "text": lamp.sentence}
            for lamp in lamps_of(record)
        ],
        "last": {
            "train": {name: record.train.last(name) for name in record.train.columns},
            "val": {name: record.val.last(name) for name in record.val.columns},
        },
        "events": [
            {"step": one.step, "time": one.time.isoformat(), "kind": one.kind.value, "text": one.text}
            for one in record.events
        ],
        "facts": dict(description.facts),
        "settings": {name: dict(table) for name, table in description.tables.items()},
    }


def show_lines(record: Record) -> Iterator[str]:
    """Yield a run's state, figures, health, last events and settings."""
    description = record.description
    state = "running?" if record.state is State.RUNNING else record.state.value
    kinds = ", ".join(part for part in (description.task, description.kind) if part)
    yield f"run: {record.folder} ({kinds})"
    yield f"state: {state}, last wrote {age_text(record.written)}"
    yield f"step: {record.step:,} {budget_text(record)}, {duration_text(record.elapsed)} of training"
    yield f"best: {best_text(record.best)}"
    for title, figures in (("val", record.val), ("train", record.train)):
        known = "  ".join(f"{name} {figure_text(figures.last(name))}" for name in figures.columns)
        yield f"last {title}: {known or 'nothing yet'}"
    for lamp in lamps_of(record):
        yield f"health: {_SIGNS[lamp.light]:5}  {lamp.title}: {lamp.sentence}"
    for event in record.events[-_EVENTS:]:
        yield f"event: step {event.step:,}  {event.kind.value}  {event.text}"
    for name, table in description.tables.items():
        if table:
            yield f"{name}: " + ", ".join(f"{key}={value}" for key, value in table.items())
    for path in record.weights:
        yield f"weight: {path}"
    yield f"page: {_page(record) or 'not written yet'}"


def comparison_record(comparison: Comparison) -> dict[str, object]:
    """Return a comparison as JSON-ready values."""
    return {
        "runs": list(comparison.names),
        "differences": {one.setting: list(one.values) for one in comparison.differences},
        "figures": {one.figure: [_finite(value) for value in one.values] for one in comparison.reached},
    }


def comparison_tables(comparison: Comparison) -> Iterator[tuple[str, Sequence[Sequence[str]]]]:
    """Yield title and rows of the two tables."""
    rows = [(one.figure, *_marked(one)) for one in comparison.reached]
    yield "figures:", [("", *comparison.names), *rows]
    settings = [
        (one.setting, *("-" if value is None else str(value) for value in one.values))
        for one in comparison.differences
    ]
    yield "settings that differ:", settings or [("none",)]


def _marked(one: Reached) -> list[str]:
    return [
        figure_text(value) + (" *" if index == one.best else "") for index, value in enumerate(one.values)
    ]


def _best(best: Best | None) -> dict[str, object] | None:
    if best is None:
        return None
    return {"figure": best.figure, "value": best.value, "step": best.step, "higher": best.higher_is_better}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _page(record: Record) -> str:
    path = record.folder / REPORT_FILE
    return str(path) if path.exists() else ""
