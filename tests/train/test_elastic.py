"""A rank that dies: torchrun starts all of them anew, and the run ends as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil

from tests.train.test_command import command, exported, finish, photos, start, wait_for_checkpoint

__all__ = ["photos"]

LAUNCH = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
LAUNCH += ["--nproc-per-node", "2", "--max-restarts", "2"]
OPTIONS = ["--amp", "fp32", "--steps", "60", "--save-every", "3", "--accumulate", "2"]


@contextmanager
def launched(photos: Path, run: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    arguments = [*LAUNCH, *command(photos, run, *OPTIONS)[1:]]
    with subprocess.Popen(arguments, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()  # its ranks end with it


def kill_rank(process: subprocess.Popen[str], rank: int) -> None:
    for child in psutil.Process(process.pid).children():
        if child.environ().get("RANK") == str(rank):
            child.send_signal(signal.SIGKILL)
            return
    raise AssertionError(f"there is no rank {rank}")


def test_a_restart_takes_over_no_other_run(photos: Path, tmp_path: Path) -> None:
    """The first start is refused where an older run lies; torchrun then starts anew."""
    once, twice = (command(photos, tmp_path / "run", "--steps", number) for number in ("1", "2"))
    finish(once)
    refused = start(twice, TORCHELASTIC_RESTART_COUNT="1")
    _, errors = refused.communicate(timeout=300)
    assert (refused.returncode, "already holds a run" in errors) == (1, True)
    finish(once, TORCHELASTIC_RESTART_COUNT="1")  # Its own: it goes on, with nothing to do.


def test_a_killed_rank_is_started_anew_and_the_run_ends_equal(photos: Path, tmp_path: Path) -> None:
    with launched(photos, tmp_path / "whole") as whole, launched(photos, tmp_path / "broken") as broken:
        wait_for_checkpoint(tmp_path / "broken", broken)
        time.sleep(0.1)
        assert not list((tmp_path / "broken").glob("superres-*.safetensors"))
        kill_rank(broken, 1)
        for process in (whole, broken):
            _, errors = process.communicate(timeout=300)
            assert process.returncode == 0, errors
    first, second = exported(tmp_path / "whole"), exported(tmp_path / "broken")
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert (tmp_path / "broken" / "train.csv").read_text().count("\n") == 1 + 60 // 4
