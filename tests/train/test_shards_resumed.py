"""A run over shards with a truncated picture, killed and resumed: the weights of an uninterrupted one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from gantool.train.data.listing import list_place
from gantool.train.data.pack import pack
from tests.train.pictures import truncate, write_many

STEPS = 40


def start(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    line = [sys.executable, "-m", "gantool", "train", "superres", *arguments]
    return subprocess.Popen(line, env=environment, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors


def exported(run: Path) -> dict[str, np.ndarray]:
    (path,) = run.glob("superres-*.safetensors")
    return load_file(path)


@pytest.mark.slow
def test_killed_and_resumed_equals_uninterrupted(tmp_path: Path) -> None:
    files = write_many(tmp_path / "photos", 24, side=64)
    truncate(files[5])
    pack(list_place(tmp_path / "photos"), tmp_path / "shards", 40_000)
    options = [
        *("--data", str(tmp_path / "shards"), "--steps", str(STEPS), "--save-every", "4", "--device", "cpu"),
        *("--batch", "4", "--patch", "16", "--scale", "2", "--memory", "0.0001", "--log-every", "10"),
    ]
    finish(start(*options, "--run-dir", str(tmp_path / "whole")))
    process = start(*options, "--run-dir", str(tmp_path / "cut"))
    while not list((tmp_path / "cut").glob("checkpoints/step-*.safetensors")):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert not list((tmp_path / "cut").glob("superres-*.safetensors"))
    finish(start("--resume", str(tmp_path / "cut")))
    first, second = exported(tmp_path / "whole"), exported(tmp_path / "cut")
    assert all(np.array_equal(first[name], second[name]) for name in first)
