"""A run that goes on for longer, or that meets other pictures and files than before."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from gantool.testing.backbone import write_backbone
from gantool.train.events import EventKind, read_events
from gantool.train.folder import read_run
from gantool.weights.files import read_card
from tests.cli.conftest import Run, run
from tests.train.pictures import write

__all__ = ["run"]

pytestmark = pytest.mark.usefixtures("photos")

TRAIN = ("train", "superres", "--data", "photos", "--patch", "16", "--batch", "2", "--scale", "2")
TRAIN += ("--log-every", "1", "--device", "cpu", "--run", "here")
RESUME = ("train", "superres", "--resume", "here")


def weight() -> Path:
    (path,) = Path("here").glob("superres-*.safetensors")
    return path


def steps_of(rows: str) -> list[int]:
    with Path("here", rows).open(newline="") as file:
        return [int(row["step"]) for row in csv.DictReader(file)]


def test_a_finished_run_goes_on_for_longer(run: Run) -> None:
    assert run(*TRAIN, "--steps", "2").code == 0
    first = load_file(weight())
    answer = run(*RESUME, "--steps", "5")
    assert answer.code == 0, answer.err
    assert "the budget is 5 steps now, and was 2 steps to step 2\n" in answer.err
    card = read_card(weight())
    assert (card.steps, card.recipe["steps"]) == (5, 5)
    assert card.recipe["budgets_before"] == "2 steps to step 2"
    assert any(not np.array_equal(first[name], tensor) for name, tensor in load_file(weight()).items())
    assert steps_of("train.csv") == [1, 2, 3, 4, 5]
    assert EventKind.NOTE in {event.kind for event in read_events(Path("here"))}


def test_the_longer_budget_is_the_runs_from_then_on(run: Run) -> None:
    assert run(*TRAIN, "--steps", "1").code == 0
    assert run(*RESUME, "--steps", "2").code == 0
    assert run(*RESUME, "--max-time", "1h", "--steps", "3").code == 2
    assert run(*RESUME, "--max-time", "1ms").code == 2
    assert run(*RESUME).code == 0
    assert read_run(Path("here")).trainer["steps"] == 2
    assert run(*RESUME, "--max-time", "1s").code == 0
    now = read_run(Path("here"))
    assert (now.trainer["steps"], now.trainer["max_time"]) == (0, "1s")
    assert now.budgets.startswith("1 steps to step 1; 2 steps to step 2")


def test_a_shorter_budget_ends_the_run_where_it_stands(run: Run) -> None:
    assert run(*TRAIN, "--steps", "3").code == 0
    weight().unlink()
    assert run(*RESUME, "--steps", "2").code == 0
    assert read_card(weight()).steps == 3


def test_a_finished_run_that_is_resumed_has_one_row_of_a_step(run: Run) -> None:
    assert run(*TRAIN, "--steps", "2").code == 0
    before = Path("here/val.csv").read_text()
    assert run(*RESUME).code == 0
    assert Path("here/val.csv").read_text() == before


def test_the_best_of_other_pictures_is_forgotten(run: Run) -> None:
    write(Path("easy/9.png"), 9, 64, 64)
    easy = np.full((64, 64, 3), 128, dtype=np.uint8)
    from PIL import Image

    Image.fromarray(easy).save("easy/9.png")  # one colour: nothing is lost, so that no figure is higher
    write(Path("hard/8.png"), 8, 64, 64)
    assert run(*TRAIN, "--steps", "1", "--val", "easy").code == 0
    high = read_card(weight()).measured
    answer = run(*RESUME, "--steps", "2", "--val", "hard")
    assert answer.code == 0
    assert "other pictures are held out now: the best figure is sought anew\n" in answer.err
    low = read_card(weight()).measured
    assert low
    assert not high or low[0].value < high[0].value
    assert "other pictures" not in run(*RESUME, "--steps", "3").err


def test_runs_of_before_know_no_held_out_pictures(run: Run) -> None:
    """Their checkpoints hold no fingerprint: nothing is said, and nothing forgotten."""
    from gantool.train.checkpoint import Position

    old = {name: value for name, value in Position(best=30.0).state().items() if name != "held_out"}
    position = Position.from_state(old)
    assert position.meets("some")
    assert position.best == 30.0
    assert not position.meets("others")
    assert position.best is None


def test_files_that_moved_are_named_and_other_ones_noticed(run: Run) -> None:
    write(Path("wave.png"), 5, 96, 96)
    backbone = write_backbone(Path("vgg16.safetensors"))
    train = (
        "train",
        "style-transfer",
        "--data",
        "photos",
        "--patch",
        "32",
        "--batch",
        "1",
        "--device",
        "cpu",
    )
    files = ("--style", "wave.png", "--backbone", str(backbone))
    answer = run(*train, "--run", "here", "--steps", "1", *files)
    assert answer.code == 0, answer.err
    Path("moved").mkdir()
    for name in ("wave.png", "vgg16.safetensors"):
        Path(name).rename(Path("moved", name))
    resume = ("train", "style-transfer", "--resume", "here")
    answer = run(*resume, "--style", "moved/wave.png", "--backbone", "moved/vgg16.safetensors")
    assert answer.code == 0, answer.err
    assert "has changed" not in answer.err
    now = read_run(Path("here"))
    assert now.task["style"] == str(Path("moved/wave.png").absolute())
    assert now.trainer["backbone"] == str(Path("moved/vgg16.safetensors").absolute())
    write(Path("moved/wave.png"), 6, 96, 96)
    assert "what --style names has changed since this run began" in run(*resume).err
    assert run(*resume, "--method", "any").code == 2


def test_runs_of_before_know_no_files(run: Run) -> None:
    assert run(*TRAIN, "--steps", "1").code == 0
    replace(read_run(Path("here")), files={}, fingerprint="").write(Path("here"))
    assert "changed" not in run(*RESUME).err
