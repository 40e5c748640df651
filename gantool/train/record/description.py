"""`run.json` as it stands: older and newer descriptions have other tables, and are read all the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gantool.errors import TrainError, UsageError
from gantool.train.folder import RUN_FILE
from gantool.train.settings import Pick, parse_duration

Value = int | float | str | bool
Table = Mapping[str, Value]
_FIRST = ("trainer", "task", "losses", "game")


@dataclass(frozen=True)
class Description:
    """`facts` are single values, `tables` the settings as resolved, in the order in which to show them."""

    facts: Table
    tables: Mapping[str, Table]

    @property
    def task(self) -> str:
        """Return the task's name."""
        return str(self.facts.get("task_name", ""))

    @property
    def kind(self) -> str:
        """Return what the task's own options call the kind of network, empty where they have no such word."""
        return str(self.tables.get("task", {}).get("kind", ""))

    @property
    def steps(self) -> int:
        """Return the step budget, 0 where time is the budget."""
        wanted = self.tables.get("trainer", {}).get("steps", 0)
        return int(wanted) if isinstance(wanted, int | float) else 0

    @property
    def time(self) -> str:
        """Return the time budget as it was written, empty where steps are the budget."""
        return str(self.tables.get("trainer", {}).get("max_time", ""))

    @property
    def exports_last(self) -> bool:
        """Return whether the last weights are exported, however the best did."""
        return self.tables.get("trainer", {}).get("pick") == Pick.last.value

    def progress(self, step: int, elapsed: float | None) -> float | None:
        """Return the part of the budget that is spent, at most 1; None where that is not known."""
        if self.steps:
            return min(1.0, step / self.steps)
        try:
            seconds = parse_duration(self.time)
        except (UsageError, ValueError):
            return None
        return min(1.0, elapsed / seconds) if elapsed is not None and seconds else None


def read_description(folder: Path) -> Description:
    """Read a run folder's description.

    Raises:
        TrainError: the folder holds no run, or its description is damaged.
    """
    path = folder / RUN_FILE
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TrainError(f"{folder} holds no run ({RUN_FILE} is missing)", _LIST) from None
    except OSError as problem:
        raise TrainError(f"{path} cannot be read ({problem.strerror})") from None
    except ValueError as problem:
        raise TrainError(f"{path} is damaged ({problem})") from None
    if not isinstance(record, dict):
        raise TrainError(f"{path} is damaged (it holds no table)")
    tables = {name: value for name, value in record.items() if isinstance(value, dict)}
    order = [name for name in _FIRST if name in tables] + [name for name in tables if name not in _FIRST]
    return Description(
        facts={name: _value(value) for name, value in record.items() if name not in tables},
        tables={name: {key: _value(value) for key, value in tables[name].items()} for name in order},
    )


def _value(value: Any) -> Value:
    return value if isinstance(value, int | float | str) else json.dumps(value)


_LIST = "see `gantool runs list DIR`"
