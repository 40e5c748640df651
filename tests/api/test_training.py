"""`gantool.train` by keywords."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gantool
from gantool.errors import (
    UsageError,
)
from tests.api.pixels import CPU

pytestmark = pytest.mark.usefixtures("work")


def test_training_takes_all_options_by_name(work: Path) -> None:
    for index in range(3):
        pixels = np.random.default_rng(index).integers(0, 256, (96, 96, 3), np.uint8)
        (work / "data").mkdir(exist_ok=True)
        Image.fromarray(pixels).save(work / "data" / f"{index}.png")
    result = gantool.train(
        "superres",
        data=work / "data",
        run=work / "run",
        device="cpu",
        steps=2,
        batch=1,
        scale=2,
        kind="fidelity",
        losses={"l1": 1.0},
    )
    assert result.finished
    assert result.folder == work / "run"
    assert result.weight is not None
    made = gantool.enhance(np.zeros((8, 8, 3), np.uint8), "superres", scale=2, weights=result.weight, **CPU)
    assert made.shape == (16, 16, 3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"stepps": 3}, "did you mean steps"),
        ({"steps": -1}, "out of range"),
        ({}, "no budget"),
        ({"steps": 1, "losses": {"nope": 1}}, "nope"),
    ],
)
def test_wrong_training_is_a_line(options: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        gantool.train("superres", data=".", **options)
    assert not Path("runs").exists()


def test_a_run_that_is_done_goes_on_for_longer(work: Path) -> None:
    (work / "data").mkdir(exist_ok=True)
    for index in range(3):
        pixels = np.random.default_rng(index).integers(0, 256, (96, 96, 3), np.uint8)
        Image.fromarray(pixels).save(work / "data" / f"{index}.png")
    options = {"batch": 1, "scale": 2, "kind": "fidelity", "patch": 16}
    first = gantool.train("superres", data=work / "data", run=work / "run", device="cpu", steps=1, **options)
    assert first.weight is not None
    before = first.weight.read_bytes()
    result = gantool.resume(work / "run", steps=3, device="cpu", data=work / "data")
    assert (result.finished, result.weight) == (True, first.weight)
    assert first.weight.read_bytes() != before
    with pytest.raises(UsageError, match="--lr cannot change it"):
        gantool.resume(work / "run", lr=1.0)
