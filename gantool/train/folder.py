"""The run folder's description of the run: all that resuming it needs. Torch-free."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from gantool.atomic import write_atomic
from gantool.errors import TrainError, UsageError
from gantool.paths import exists
from gantool.train.processes import launch

RUN_FILE = "run.json"
BEST_FILE = "best.safetensors"
"""The weights of the best validation so far."""
SAMPLES = "samples"
"""The folder below it with what the networks make."""


@dataclass(frozen=True)
class RunFile:
    """The four tables hold settings as resolved; versions and fingerprints say what they met.

    `fingerprint` is the training set's, `files` are those of what options name (a painting, a backbone).
    `budgets` are the budgets before the one of now, and the steps to which they held.
    """

    task_name: str
    data: str
    val: str
    device: str
    init: str
    card_data: str
    card_licence: str
    trainer: Mapping[str, Any]
    task: Mapping[str, Any]
    losses: Mapping[str, Any] = field(default_factory=dict)
    game: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    budgets: str = ""

    def write(self, folder: Path) -> None:
        """Write `run.json`, atomically."""
        write_atomic(
            folder / RUN_FILE, (json.dumps(asdict(self), indent=2) + "\n").encode(), error=TrainError
        )


def read_run(folder: Path) -> RunFile:
    """Read a run folder's description.

    Raises:
        TrainError: the folder holds no run, or its description is damaged.
    """
    path = folder / RUN_FILE
    try:
        return RunFile(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise TrainError(
            f"{folder} holds no run ({RUN_FILE} is missing)", "give --resume a run folder"
        ) from None
    except (OSError, ValueError, TypeError) as problem:
        raise TrainError(f"{path} is damaged ({problem})", "start the run anew") from None


def was_restarted(folder: Path, described: RunFile) -> bool:
    """Return whether torchrun starts this run anew after a process died, with a run to go on with.

    An older run may lie there, which the first start was refused for: it has other settings.
    """
    if int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")) == 0 or not exists(folder / RUN_FILE):
        return False
    return _settings_of(read_run(folder)) == _settings_of(described)


def _settings_of(run: RunFile) -> object:
    """Return what the user asked for, as JSON has it."""
    met = replace(run, versions={}, fingerprint="", files={}, budgets="")
    return json.loads(json.dumps(asdict(met)))


def new_run_folder(wanted: Path | None, task: str) -> Path:
    """Create and return the run's folder: the wanted one, or `runs/TASK-N`, the first free.

    Of several processes, rank 0 alone looks whether the folder is free; the others may come after it.

    Raises:
        TrainError: the wanted folder already holds a run, or it cannot be made.
        UsageError: several processes have not been told one folder.
    """
    process = launch()
    if wanted is None and process.world > 1:
        raise UsageError("several processes need one run folder", "add --run-dir FOLDER")
    if wanted is not None and process.writes:
        check_unused(wanted)
    folder = wanted or Path("runs", f"{task}-N")
    try:
        if wanted is None:
            return _first_free(folder.parent, task)
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise TrainError(f"cannot make {folder} ({problem.strerror})", "choose another --run") from None
    return folder


def check_unused(folder: Path) -> None:
    """Raise TrainError where a folder already holds a run."""
    if exists(folder / RUN_FILE):
        raise TrainError(
            f"{folder} already holds a run", f"go on with --resume {folder} or choose another --run"
        )


def drop_empty(folder: Path) -> None:
    """Remove the folder of a run that ended before anything was put into it, so that its name is free."""
    if launch().writes:
        with suppress(OSError):
            folder.rmdir()


def _first_free(folder: Path, task: str) -> Path:
    """Make the folder in the same breath: several runs may be looking for theirs."""
    for number in count(1):
        found = folder / f"{task}-{number}"
        with suppress(FileExistsError):
            found.mkdir(parents=True)
            return found
    raise AssertionError("there is always a further number")
