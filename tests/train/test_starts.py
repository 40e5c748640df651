"""What a run says when it starts: pictures left out, another number of processes, layers without a match."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from gantool.train.environment import ENVIRONMENT_FILE
from gantool.train.events import EventKind, read_events
from gantool.train.record.lamps import lamps_of
from gantool.train.record.record import read_record
from tests.cli.conftest import Run, run
from tests.train.pictures import write

__all__ = ["run"]

pytestmark = pytest.mark.usefixtures("photos")

TRAIN = ("train", "superres", "--data", "photos", "--patch", "16", "--batch", "2", "--scale", "2")
TRAIN += ("--steps", "2", "--log-every", "1", "--device", "cpu")


def test_pictures_that_are_left_out_are_named_once_and_are_no_defect(run: Run) -> None:
    write(Path("photos/small.png"), 9, 20, 20)
    write(Path("val/8.png"), 8, 64, 64)
    answer = run(*TRAIN, "--val", "val", "--run", "here")
    assert answer.err.count("1 picture is smaller than a crop (32 x 32) and left out: small.png\n") == 1
    (event,) = (one for one in read_events(Path("here")) if "small.png" in one.text)
    assert (event.kind, event.step) == (EventKind.LEFT_OUT, 0)
    assert "Pictures" not in {lamp.title for lamp in lamps_of(read_record(Path("here")))}


def test_another_number_of_processes_is_told_where_a_run_is_resumed(run: Run) -> None:
    assert run(*TRAIN, "--run", "here").code == 0
    assert "processes x batch" not in run("train", "superres", "--resume", "here").err
    starts = json.loads(Path("here", ENVIRONMENT_FILE).read_text())
    Path("here", ENVIRONMENT_FILE).write_text(json.dumps([*starts, {**starts[-1], "processes": 3}]))
    answer = run("train", "superres", "--resume", "here")
    line = (
        "a step takes 1 x 2 samples now (processes x batch) and took 3 x 2: the run does not resume exactly"
    )
    assert f"{line}\n" in answer.err
    assert [event.kind for event in read_events(Path("here")) if event.text == line] == [EventKind.NOTE]


def test_layers_of_the_file_without_a_place_are_named(run: Run) -> None:
    """A larger network's further blocks are left out, and one other layer has no place at all."""
    begin = (*TRAIN, "--no-surplus", "--steps", "1")
    assert run(*begin, "--run", "compact").code == 0
    weight = next(Path("compact").glob("superres-*.safetensors"))
    tensors = load_file(weight)
    kernel = {key: tensors[f"body.0.first.{key}"] for key in ("weight", "bias")}
    for block in range(7, 32):
        for layer in ("first", "second"):
            tensors |= {f"body.{block}.{layer}.{key}": value.clone() for key, value in kernel.items()}
    torch.save(tensors, "large.pth")
    answer = run(*begin, "--run", "again", "--init", "large.pth")
    assert answer.code == 0, answer.err
    assert "large.pth; layers without a match: none\n" in answer.err
    assert (
        "50 layers of the file have no place in the network: body.7.first ... body.31.second\n" in answer.err
    )
    torch.save({**load_file(weight), "other.weight": torch.zeros(1)}, "other.pth")
    answer = run(*begin, "--run", "third", "--init", "other.pth")
    assert "1 layer of the file has no place in the network: other\n" in answer.err
