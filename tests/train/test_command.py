"""The train verb as people use it: killed, resumed, interrupted, on two processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load_file

STEPS = 24


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for index in range(6):
        rng = np.random.default_rng(index)
        smooth = Image.fromarray(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)).resize((96, 96))
        smooth.save(folder / f"{index}.png")
    return folder


def command(photos: Path, run: Path, *more: str) -> list[str]:
    options = ["--steps", str(STEPS), "--batch", "2", "--patch", "16", "--scale", "2", "--save-every", "4"]
    options += ["--log-every", "4", "--val-every", "8", "--device", "cpu"]
    return [
        sys.executable,
        "-m",
        "gantool",
        "train",
        "superres",
        "--data",
        str(photos),
        "--run-dir",
        str(run),
        *options,
        *more,
    ]


def start(arguments: list[str], **changes: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **changes}
    return subprocess.Popen(arguments, env=environment, stderr=subprocess.PIPE, text=True)


def finish(arguments: list[str], **changes: str) -> str:
    process = start(arguments, **changes)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return errors


def wait_for_checkpoint(run: Path, process: subprocess.Popen[str]) -> None:
    while not list(run.glob("checkpoints/step-*.safetensors")):
        assert process.poll() is None, process.stderr and process.stderr.read()
        time.sleep(0.01)


def exported(run: Path) -> dict[str, np.ndarray]:
    (path,) = run.glob("superres-*.safetensors")
    return load_file(path)


def test_the_first_line_says_what_computes(photos: Path, tmp_path: Path) -> None:
    said = finish(command(photos, tmp_path / "run", "--steps", "1", "--amp", "fp32"))
    assert said.startswith("training superres on cpu (1 thread) in fp32, run folder")


@pytest.fixture(scope="module")
def whole(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "whole"
    finish(command(photos, run))
    return run


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_killed_and_resumed_equals_uninterrupted(
    photos: Path, whole: Path, tmp_path: Path, sign: signal.Signals
) -> None:
    run = tmp_path / "cut"
    process = start(command(photos, run))
    wait_for_checkpoint(run, process)
    process.send_signal(sign)
    _, errors = process.communicate(timeout=120)
    if sign is signal.SIGINT:
        assert process.returncode == 130
        assert f"--resume {run}" in errors.replace("\n", "")
    assert not list(run.glob("superres-*.safetensors"))
    finish([sys.executable, "-m", "gantool", "train", "superres", "--resume", str(run)])
    first, second = exported(whole), exported(run)
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_the_run_folder_says_what_ran_and_the_card_is_filled(whole: Path) -> None:
    described = json.loads((whole / "run.json").read_text())
    assert described["trainer"]["steps"] == STEPS
    assert described["task"]["scale"] == 2
    assert described["fingerprint"]
    from gantool.weights.files import read_card

    card = read_card(whole / "superres-x2-fidelity-compact.safetensors")
    assert (card.task, card.steps, card.config["scale"]) == ("superres", STEPS, 2)
    assert card.measured
    assert card.recipe["patch"] == 16


def test_two_ranks_give_the_update_of_one_with_twice_the_batch(photos: Path, tmp_path: Path) -> None:
    options = ["--amp", "fp32", "--steps", "3", "--clip", "0"]
    finish(command(photos, tmp_path / "one", *options, "--batch", "4"))
    launch = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--nproc-per-node",
        "2",
        "--master-port",
        "29731",
    ]
    finish([*launch, *command(photos, tmp_path / "two", *options)[1:]])
    one, two = exported(tmp_path / "one"), exported(tmp_path / "two")
    for name in one:
        np.testing.assert_allclose(two[name].astype(np.float32), one[name].astype(np.float32), atol=1e-4)


def test_started_from_a_weight_of_another_scale(photos: Path, whole: Path, tmp_path: Path) -> None:
    weight = str(whole / "superres-x2-fidelity-compact.safetensors")
    errors = finish(command(photos, tmp_path / "run", "--steps", "1", "--scale", "3", "--init", weight))
    assert "without a match: tail" in " ".join(errors.split())


def test_started_from_a_foreign_checkpoint(photos: Path, tmp_path: Path) -> None:
    foreign = {"params": {"head.weight": torch.zeros(48, 3, 3, 3), "head.bias": torch.zeros(48)}}
    torch.save(foreign, tmp_path / "foreign.pth")
    run = command(photos, tmp_path / "run", "--steps", "1", "--init", str(tmp_path / "foreign.pth"))
    errors = " ".join(finish(run).split())
    assert "foreign.pth; layers without a match: body.0.first" in errors
    assert "head" not in errors.split("match: ")[1]


def test_a_weight_with_nothing_in_common_is_refused(photos: Path, tmp_path: Path) -> None:
    torch.save({"other.weight": torch.zeros(2, 2)}, tmp_path / "other.pth")
    process = start(command(photos, tmp_path / "run", "--steps", "1", "--init", str(tmp_path / "other.pth")))
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "no layer in common" in " ".join(errors.split())


def test_a_refused_run_leaves_its_folder_free(photos: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    process = start(command(photos, run, "--freeze", "nothing*", "--freeze-steps", "1"))
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "matches no parameter" in errors
    assert not run.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--data", "missing-folder", "--steps", "1"], "missing-folder"),
        (["--steps", "1"], "--data"),
        (["--data", "."], "--max-time"),
        (["--data", ".", "--steps", "1", "--max-time", "1h"], "one budget"),
        (["--resume", "nothing-here"], "holds no run"),
        (["--resume", "nothing-here", "--lr", "1"], "--lr"),
        (["--data", ".", "--steps", "1", "--patch", "16", "--r1", "1"], "--r1 is for a discriminator"),
        (["--data", ".", "--steps", "1", "--patch", "16", "--lr-d", "1"], "--lr-d is for a discriminator"),
        (["--data", ".", "--steps", "1", "--amp", "fp16", "--device", "cpu"], "--amp bf16"),
    ],
)
def test_bad_input_gets_one_line(tmp_path: Path, arguments: list[str], says: str) -> None:
    for name in ("a.png", "b.png"):
        Image.new("RGB", (300, 300)).save(tmp_path / name)
    result = subprocess.run(
        [sys.executable, "-m", "gantool", "train", "superres", *arguments],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode in (1, 2)
    assert says in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.glob("runs/*"))
