"""Runs side by side: the settings in which they differ, and what each has reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gantool.train.record.description import Value
from gantool.train.record.figures import SPEED
from gantool.train.record.record import Record


@dataclass(frozen=True)
class Difference:
    """A setting, and its value in each run; None where a run has no such setting."""

    setting: str
    values: tuple[Value | None, ...]


@dataclass(frozen=True)
class Reached:
    """A figure, and what each run has of it; `best` is the index of the best, where there is one to name."""

    figure: str
    values: tuple[float | None, ...]
    best: int | None = None


@dataclass(frozen=True)
class Comparison:
    """`names` are the runs', made different where folders have the same."""

    names: tuple[str, ...]
    differences: tuple[Difference, ...]
    reached: tuple[Reached, ...]


def compare(records: Sequence[Record]) -> Comparison:
    """Return what differs between runs, and what each reached: validations, steps, time, speed."""
    return Comparison(_names(records), tuple(_differences(records)), tuple(_reached(records)))


def _names(records: Sequence[Record]) -> tuple[str, ...]:
    names = [record.name for record in records]
    if len(set(names)) == len(names):
        return tuple(names)
    return tuple(str(record.folder) for record in records)


def _differences(records: Sequence[Record]) -> list[Difference]:
    settings = [_settings(record) for record in records]
    keys = dict.fromkeys(key for one in settings for key in one)
    found = (Difference(key, tuple(one.get(key) for one in settings)) for key in keys)
    return [one for one in found if len(set(map(repr, one.values))) > 1]


def _settings(record: Record) -> Mapping[str, Value]:
    """Return all settings of a run, and what it last ran on, under dotted names."""
    description = record.description
    found = dict(description.facts)
    for table, values in description.tables.items():
        found.update({f"{table}.{key}": value for key, value in values.items()})
    if record.environments:
        newest = record.environments[-1]
        found["environment.device"] = newest.device
        found["environment.threads"] = newest.threads
        found["environment.processes"] = newest.processes
    return found


def _reached(records: Sequence[Record]) -> list[Reached]:
    directions = {
        record.best.figure: record.best.higher_is_better
        for record in records
        if record.best and record.best.higher_is_better is not None
    }
    names = dict.fromkeys(name for record in records for name in record.val.columns)
    rows: list[Reached] = []
    for name in names:
        higher = directions.get(name)
        if higher is not None:
            rows.append(_row(f"best {name}", [_extreme(record, name, higher) for record in records], higher))
        rows.append(_row(f"last {name}", [record.val.last(name) for record in records], higher))
    return [
        *(rows if _is_comparable(records) else [Reached(row.figure, row.values) for row in rows]),
        _row("steps", [float(record.step) for record in records], None),
        _row("training hours", [_hours(record.elapsed) for record in records], None),
        _row("steps per second", [record.train.last(SPEED) for record in records], None),
    ]


def _is_comparable(records: Sequence[Record]) -> bool:
    """Return whether a figure means the same in all runs: another task or kind is validated otherwise."""
    return len({(record.description.task, record.description.kind) for record in records}) == 1


def _row(figure: str, values: Sequence[float | None], higher: bool | None) -> Reached:
    known = [(value, index) for index, value in enumerate(values) if value is not None]
    if higher is None or len(known) < 2:
        return Reached(figure, tuple(values))
    value, index = max(known, key=lambda pair: pair[0] if higher else -pair[0])
    tied = sum(one == value for one, _ in known) > 1
    return Reached(figure, tuple(values), None if tied else index)


def _extreme(record: Record, name: str, higher: bool) -> float | None:
    values = [value for value in record.val.columns.get(name, ()) if value == value]
    if not values:
        return None
    return max(values) if higher else min(values)


def _hours(elapsed: float | None) -> float | None:
    return None if elapsed is None else elapsed / 3600
