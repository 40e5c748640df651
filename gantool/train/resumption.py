"""What may be another where a run goes on: its device, its files' places and its budget. Torch-free.

Settings that the steps so far were taken by stay as they are. The budget may change, since people see only at
the end that a run is still gaining: the rates then follow the new budget from where the run stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

from gantool.errors import UsageError
from gantool.task import AnyTask
from gantool.train.config import plain, resolve
from gantool.train.describe import training_of, with_one_budget
from gantool.train.folder import RunFile, read_run
from gantool.train.settings import Settings

PLACES = frozenset({"data", "val"})
BUDGETS = frozenset({"steps", "max_time"})


def resumed_run(task: AnyTask, folder: Path, changes: Mapping[str, Any]) -> RunFile:
    """Return the description of the run in `folder` as it goes on, with `changes` by the names of options.

    Raises:
        TrainError: the folder holds no run.
        UsageError: the run is of another task, or an option is stated that a run cannot change.
    """
    options = training_of(task).options
    files = file_options(Settings) | file_options(options)
    _refuse_others(changes, PLACES | BUDGETS | files | {"device"})
    described = read_run(folder)
    if described.task_name != task.name:
        raise UsageError(
            f"{folder} is a run of {described.task_name}", f"take `gantool train {described.task_name}`"
        )
    own: dict[str, Any] = {name: str(Path(changes[name]).resolve()) for name in PLACES & changes.keys()}
    if "device" in changes:
        own["device"] = changes["device"]
    moved = {name: str(Path(changes[name]).absolute()) for name in files & changes.keys()}
    return replace(
        described,
        **own,
        trainer=_trainer(described, moved, changes),
        task={**described.task, **{name: moved[name] for name in file_options(options) & moved.keys()}},
    )


def file_options(options: type[Any]) -> frozenset[str]:
    """Return the fields of an options class that name a file or a folder."""
    return frozenset(
        name for name, hint in get_type_hints(options).items() if Path in (hint, *get_args(hint))
    )


def budget_text(run: RunFile) -> str:
    """Return a run's budget as people write it."""
    steps = run.trainer.get("steps")
    return f"{steps} steps" if steps else str(run.trainer.get("max_time", ""))


def _trainer(run: RunFile, moved: Mapping[str, str], changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the trainer's settings as they are now, as a run's description has them."""
    stated = {name: changes[name] for name in BUDGETS & changes.keys()}
    stated |= {name: moved[name] for name in file_options(Settings) & moved.keys()}
    return plain(resolve(Settings, with_one_budget([run.trainer, stated]))) if stated else run.trainer


def _refuse_others(names: Iterable[str], allowed: frozenset[str]) -> None:
    others = sorted(set(names) - allowed)
    if others:
        flags = ", ".join("--" + name.replace("_", "-") for name in others)
        raise UsageError(
            f"--resume takes its settings from the run; {flags} cannot change it", "leave it out"
        )
