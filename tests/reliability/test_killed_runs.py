"""kill -9 at any moment: final names hold whole files, and the next run goes on; see benchmarks/faults.py."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gantool.train.checkpoint import checkpoints_of, list_checkpoints
from tests.cli.conftest import Run
from tests.reliability.killing import kill_batch, kill_run, processor_time
from tests.reliability.plain import contents, pictures

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

TRAIN = ["train", "generate", "--data", "photos", "--preset", "dcgan", "--side", "32", "--width", "8"]
TRAIN += ["--batch", "4", "--amp", "fp32", "--save-every", "2", "--log-every", "2", "--val-every", "40"]
TRAIN += ["--patience", "1000", "--device", "cpu", "--run-dir", "run"]  # It may collapse, of eight pictures.


@pytest.fixture
def photos(plain: Path) -> Path:
    folder = plain / "photos"
    folder.mkdir()
    rng = np.random.default_rng(1)
    for index in range(8):
        Image.fromarray(rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)).save(folder / f"{index}.png")
    return folder


def test_a_batch_killed_at_random_moments(plain: Path) -> None:
    pictures(plain / "in", 120)
    command = ["enhance", "plain", "in", "-o", "out", "--manifest", "done.jsonl", "--device", "cpu"]
    whole = processor_time([*command[:4], "whole", "--device", "cpu"])
    toll = kill_batch(command, (Path("in"), Path("out")), 5, seed=3, longest=whole / 3)
    assert toll.troubles == []
    assert toll.kills > 1


def test_a_training_run_killed_at_random_moments(photos: Path) -> None:
    before = contents(photos)
    whole = processor_time([*TRAIN[:-1], "whole", "--steps", "40"])
    toll = kill_run([*TRAIN, "--steps", "40"], Path("run"), 3, seed=5, longest=whole / 4)
    assert toll.troubles == []
    assert toll.kills == 3
    assert contents(photos) == before
    assert Path("run/generate-dcgan.safetensors").exists()


def test_a_run_that_has_no_checkpoint_yet_begins_anew(run: Run, photos: Path) -> None:
    assert run(*TRAIN, "--steps", "4").code == 0
    for path in list_checkpoints(checkpoints_of(Path("run"))):
        path.unlink()
    Path("run/generate-dcgan.safetensors").unlink()  # One that was killed so early has made none.
    left = checkpoints_of(Path("run")) / ".gantool-0123456789abcdef.part"
    left.write_bytes(b"half a checkpoint")
    answer = run("train", "generate", "--resume", "run")
    assert answer.code == 0, answer.err
    assert not left.exists()
    assert "train step 2 " in answer.err
