"""A card's figures, measured again: they hold, do not hold, or cannot be measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from gantool.cli.weights import app
from gantool.weights import files, store
from gantool.weights.card import Measured
from gantool.weights.measuring import compare, measure

OPTIONS = {"scale": 2, "kind": "fidelity"}
FROM_TRAINING = Measured("best validation figure", 30.0, "held-out", "see the recipe")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with one data set, `tiny`, of one small picture."""
    (tmp_path / "sets" / "tiny").mkdir(parents=True)
    waves = 127 + 90 * np.sin(np.arange(48)[:, None] / 5) * np.cos(np.arange(40) / 4)
    Image.fromarray(np.stack([waves] * 3, 2).astype(np.uint8)).save(tmp_path / "sets" / "tiny" / "a.png")
    return tmp_path / "sets"


@pytest.fixture
def weight(tmp_path: Path, data: Path) -> Path:
    """A copy of a shipped weight, whose card says what it reaches on `tiny`, and what training said."""
    path = tmp_path / "superres-x2-fidelity-compact.safetensors"
    path.write_bytes(store.resolve("superres-x2-fidelity-compact").read_bytes())
    claim(path, FROM_TRAINING, *measure(path, data / "tiny", OPTIONS))
    return path


def claim(path: Path, *figures: Measured) -> None:
    loaded = files.load(path, task=None)
    files.save(path, loaded.tensors, replace(loaded.card, measured=figures))


def test_figures_of_the_card_hold(weight: Path, data: Path) -> None:
    answers = list(compare(weight, data))
    assert [answer.claimed.metric for answer in answers] == ["PSNR-Y", "SSIM-Y"]
    assert not any(answer.problem for answer in answers)
    assert all(answer.claimed.options == OPTIONS for answer in answers)
    assert all(answer.claimed.protocol.endswith("; fp32") for answer in answers)


def test_a_figure_that_does_not_hold_is_named(weight: Path, data: Path) -> None:
    first, second = measure(weight, data / "tiny", OPTIONS)
    claim(weight, replace(first, value=first.value + 1), second)
    wrong, right = compare(weight, data)
    assert wrong.problem == f"the card says {first.value + 1:g}, it is {first.value:g}"
    assert right.problem == ""


def test_what_cannot_be_measured_says_why(weight: Path, data: Path) -> None:
    known = measure(weight, data / "tiny", OPTIONS)[0]
    claim(
        weight,
        replace(known, data="absent"),
        replace(known, options={"scal": 2}),
        replace(known, metric="FID"),
    )
    problems = [answer.problem for answer in compare(weight, data)]
    assert problems[0] == f"there is no folder {data / 'absent'}"
    assert "has no option 'scal'" in problems[1]
    assert problems[2] == "the task gives no such figure"


def test_the_command_measures_again(weight: Path, data: Path) -> None:
    done = CliRunner().invoke(app, ["verify", str(weight), "--metrics", str(data)])
    assert done.exit_code == 0, done.output
    assert "ok   PSNR-Y on tiny (kind=fidelity, scale=2)" in done.output
    claim(weight, replace(measure(weight, data / "tiny", OPTIONS)[0], value=10.0))
    assert CliRunner().invoke(app, ["verify", str(weight), "--metrics", str(data)]).exit_code == 1
