"""`gantool evaluate TASK` of a task that samples: one table over a set."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
import torch
import typer
from PIL import Image

import gantool.cli.root
from gantool.cli.evaluate import build_command
from gantool.cli.lazy import as_command
from gantool.task import AnyTask, EvaluateSet, LoadedWeight, Sample, SetFigure, SetInputs, SetReport, Task
from tests.sampling.toys import Full
from tests.weights.conftest import CARD, home, put

from .conftest import Run

__all__ = ["home"]


@dataclass(frozen=True)
class Options:
    shown: Annotated[bool, typer.Option(help="Show neighbours.")] = True


def build(options: Options, weights: Sequence[LoadedWeight]) -> Any:
    return Full()


def measure(options: Options, inputs: SetInputs) -> SetReport:
    mean = float(inputs.sampler(inputs.sampler.latents(range(inputs.count), inputs.seed)).mean())
    figures = [SetFigure("mean", mean, "level"), SetFigure("distance", float("inf"))]
    return SetReport(figures, ["made up"], torch.ones(3, 4, 5) if options.shown else None)


@pytest.fixture(autouse=True)
def store(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(home / "shipped")
    monkeypatch.chdir(home)
    sample = Sample(Options, lambda options: (CARD.id,), build)
    capability = EvaluateSet(Options, measure, lambda options, inputs: f"{inputs.count} images")
    task: AnyTask = Task("colorize", "", sample=sample, evaluate=capability)
    command = as_command("colorize", build_command(task))
    monkeypatch.setattr(gantool.cli.root, "command", lambda: command)


def test_a_row_for_each_figure_and_what_must_be_known(run: Run) -> None:
    answer = run("--data", "real", "-n", "50", "--device", "cpu")
    assert answer.code == 0, answer.err
    lines = answer.out.splitlines()
    assert lines[0].split() == ["figure", "value"]
    assert lines[1].startswith("level: mean")
    assert 0.4 < float(lines[1].split()[-1]) < 0.6
    assert lines[2].split() == ["distance", "inf"]
    assert "protocol: 50 images" in lines
    assert "note:     made up" in lines
    assert CARD.id in answer.out


def test_json_holds_the_same(run: Run) -> None:
    record = json.loads(run("--data", "real", "-n", "50", "--device", "cpu", "--json").out)
    assert [figure["name"] for figure in record["figures"]] == ["mean", "distance"]
    assert [figure["group"] for figure in record["figures"]] == ["level", None]
    assert record["figures"][1]["value"] is None
    assert (record["protocol"], record["notes"]) == ("50 images", ["made up"])
    assert len(record["weights"][0]["sha256"]) == 64


def test_the_sheet_of_neighbours(run: Run) -> None:
    answer = run("--data", "real", "-n", "5", "--neighbours", "near.png")
    assert answer.code == 0, answer.err
    with Image.open("near.png") as picture:
        assert picture.size == (5, 4)
    again = run("--data", "real", "-n", "5", "--neighbours", "near.png")
    assert (again.code, "near.png exists" in again.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["-n", "1"], 2, "-n"),
        (["--device", "tpu"], 2, "tpu is no device"),
        (["--weights", "none"], 1, "there is no weight 'none'"),
        (["--neighbours", "near.txt"], 2, "no format that can be written"),
        (["--no-shown", "--neighbours", "near.png", "-n", "2"], 2, "shows no neighbours"),
    ],
)
def test_what_cannot_be_is_one_line(run: Run, arguments: list[str], code: int, words: str) -> None:
    answer = run("--data", "real", *arguments)
    assert answer.code == code
    assert words in answer.err
    assert answer.err.count("\n") == 1
