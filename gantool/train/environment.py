"""Where a run took place, for whoever repeats it: versions, device, threads. Only writing needs torch."""

from __future__ import annotations

import json
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from gantool import __version__
from gantool.atomic import write_atomic
from gantool.errors import TrainError
from gantool.train.processes import launch

ENVIRONMENT_FILE = "environment.json"
_LIBRARIES = (
    "torch",
    "torchvision",
    "numpy",
    "pillow",
    "safetensors",
    "imagecodecs",
    "tifffile",
    "torchmetrics",
)


@dataclass(frozen=True)
class Environment:
    """One start or resumption. `uncommitted` is None where gantool runs from no checkout.

    `threads` are torch's within one operation; `processes` is the number of ranks.
    """

    time: str
    command: str
    gantool: str
    commit: str
    uncommitted: bool | None
    python: str
    system: str
    device: str
    threads: int
    processes: int
    libraries: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Environment:
        """Return what a record of `environment.json` says; KeyError or TypeError where it is none."""
        return cls(
            **{name: record[name] for name in cls.__dataclass_fields__ if name != "libraries"},
            libraries={str(name): str(version) for name, version in record["libraries"].items()},
        )


def write_environment(folder: Path, device: str = "cpu") -> None:
    """Append what this process runs on to the run folder's `environment.json`, a JSON array.

    Args:
        folder: the run folder; it exists.
        device: the device the run was given, as torch writes it (`cpu`, `cuda:1`).

    Raises:
        TrainError: the file cannot be written.
    """
    kept = [*_records(folder / ENVIRONMENT_FILE), asdict(_here(device))]
    write_atomic(folder / ENVIRONMENT_FILE, (json.dumps(kept, indent=2) + "\n").encode(), error=TrainError)


def read_environments(folder: Path) -> tuple[Environment, ...]:
    """Return the run's environments, oldest first; damaged records are left out."""
    found: list[Environment] = []
    for record in _records(folder / ENVIRONMENT_FILE):
        try:
            found.append(Environment.from_record(record))
        except (KeyError, TypeError, AttributeError):
            continue
    return tuple(found)


def _records(path: Path) -> list[Any]:
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return records if isinstance(records, list) else []


def _here(device: str) -> Environment:
    import torch

    from gantool.train.export import commit_of_checkout, machine

    commit = commit_of_checkout()
    return Environment(
        time=datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        command=_command(),
        gantool=__version__,
        commit=commit,
        uncommitted=_has_changes() if commit else None,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release()}",
        device=f"{device}: {machine(device)}",
        threads=torch.get_num_threads(),
        processes=launch().world,
        libraries=_versions(str(torch.__version__)),
    )


def _command() -> str:
    """Return what was called: gantool itself, or the Python program that called it."""
    called = Path(sys.argv[0])
    is_gantool = called.stem == "gantool" or called.parts[-2:] == ("gantool", "__main__.py")
    return shlex.join(["gantool", *sys.argv[1:]] if is_gantool else ["python", *sys.argv])


def _versions(torch: str) -> dict[str, str]:
    """Return the versions of what is installed; torch's own word tells its build, too."""
    found: dict[str, str] = {}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {**found, "torch": torch}


def _has_changes() -> bool | None:
    """Return whether files of the checkout differ from its commit."""
    here = Path(__file__).resolve().parents[2]
    command = ["git", "-C", str(here), "status", "--porcelain", "--untracked-files=no"]
    try:
        return bool(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())
    except (OSError, subprocess.CalledProcessError):
        return None
