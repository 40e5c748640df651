"""Other tools beside ours: scripts like `run_sr.py`, which run peers and score outputs.

The folder is copied to a temporary one before anything runs, so that its own results stay as they are.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nets import Make
from PIL import Image

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Peers:
    """A copy of the peers' scripts, where they are installed, and the data they measure on.

    `task` names the script, run_TASK.py, and its results.
    """

    scripts: Path
    home: Path
    data: Path
    threads: int
    task: str = "sr"

    @classmethod
    def copied(
        cls, scripts: Path, scratch: Path, home: Path, data: Path, threads: int, task: str = "sr"
    ) -> Peers:
        """Copy `scripts` below `scratch`."""
        copy = scratch / "peers"
        shutil.copytree(scripts, copy)
        for path in (copy, *copy.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)
        return cls(copy, home.resolve(), data.resolve(), threads, task)

    def stored(self) -> Mapping[str, Row]:
        """Return the quality and time that a full run of the peers left there, by peer."""
        return _rows(self.scripts / "results" / f"{self.task}.json")

    def clock(self, names: tuple[str, ...]) -> Mapping[str, Row]:
        """Time the named peers now: whole calls, each in a process of its own."""
        self._run("--peers", ",".join(names), "--time-only")
        rows = self.stored()
        return {name: rows[name] for name in names}

    def score(self, name: str, enlarge: Make) -> Row:
        """Return what the peers' scorer says of our outputs for the peers' inputs."""
        inputs, outputs = self.scripts / "inputs", self.scripts / "outputs" / name
        if not inputs.exists():
            self._run("--prepare", str(inputs))
        for path in sorted(inputs.rglob("*.png")):
            target = outputs / path.relative_to(inputs)
            target.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(enlarge(_read(path))).save(target)
        return self.score_folder(name, outputs)

    def score_folder(self, name: str, outputs: Path) -> Row:
        """Return what the peers' scorer says of pictures that are there."""
        self._run("--outputs", str(outputs.resolve()), "--name", name)
        return _rows(self.scripts / "results" / f"outputs_{self.task}.json")[name]

    def environment(self) -> dict[str, str]:
        """Return the environment that the peers run in."""
        threads = str(self.threads)
        return {
            **os.environ,
            "PEERS_HOME": str(self.home),
            "PEERS_DATA": str(self.data),
            "PEERS_THREADS": threads,
            "OMP_NUM_THREADS": threads,
        }

    def _run(self, *arguments: str) -> None:
        python = self.home / "v" / "bin" / "python"
        command = [str(python), f"run_{self.task}.py", *arguments]
        done = subprocess.run(
            command, cwd=self.scripts, env=self.environment(), capture_output=True, text=True
        )
        if done.returncode != 0 or ": failed" in done.stdout:
            raise SystemExit(f"run_{self.task}.py {' '.join(arguments)}:\n{done.stdout}{done.stderr}")


def _rows(path: Path) -> Mapping[str, Row]:
    rows: Mapping[str, Row] = json.loads(path.read_text())["peers"]
    return {name: row for name, row in rows.items() if "error" not in row}


def _read(path: Path) -> Any:
    import numpy as np

    with Image.open(path) as image:
        return np.array(image.convert("RGB"))
