"""`gantool.enhance` of files and folders, `load`, tasks in a row, and wrong use."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import gantool
from gantool.errors import (
    Code,
    DeviceError,
    ImageError,
    LostDeviceError,
    UsageError,
    WeightError,
    as_failed,
)
from gantool.weights import files
from gantool.weights.card import Card
from tests.api.pixels import CPU, doubled, noise

pytestmark = pytest.mark.usefixtures("work")


def test_a_folder_of_several_is_refused_before_any_work() -> None:
    Path("in").mkdir()
    for name in ("a.png", "b.png"):
        Image.new("RGB", (4, 4)).save(Path("in", name))
    with pytest.raises(UsageError, match="in stands for 2 pictures; take `files`"):
        gantool.enhance("in", "twice", output="out", **CPU)
    assert not Path("out").exists()
    Path("in/b.png").unlink()
    assert gantool.enhance("in", "twice", output="out", **CPU) == Path("out/a.png")


def test_an_empty_path_is_not_the_current_folder() -> None:
    Image.new("RGB", (3, 2)).save("one.png")
    for call in (("", None), ("one.png", "")):
        with pytest.raises(UsageError, match=r"is empty; say what is meant"):
            gantool.enhance(call[0], "twice", output=call[1], **CPU)
    with pytest.raises(UsageError, match="dark is empty"):
        gantool.enhance("one.png", "twice", dark="", **CPU)
    assert [path.name for path in Path().iterdir()] == ["one.png"]


def test_a_file_gives_a_file_as_on_the_command_line() -> None:
    image = Image.new("RGB", (4, 5), (9, 8, 7))
    exif = image.getexif()
    exif[0x010F] = "Maker"
    image.save("a.jpg", exif=exif)
    made = gantool.enhance("a.jpg", "twice", **CPU)
    assert made == Path("a_twice.jpg")
    with Image.open(made) as picture:
        assert (picture.size, picture.getexif()[0x010F]) == ((8, 10), "Maker")
    with pytest.raises(ImageError, match="exists"):
        gantool.enhance("a.jpg", "twice", **CPU)
    gantool.enhance(Path("a.jpg"), "twice", overwrite=True, **CPU)
    assert gantool.enhance("a.jpg", "twice", output="b.png", **CPU) == Path("b.png")
    with pytest.raises(ImageError, match=r"none\.png") as missing:
        gantool.enhance("none.png", "twice", **CPU)
    assert missing.value.kind is Code.IMAGE_MISSING


@pytest.mark.parametrize("code", Code)
def test_a_failure_told_as_a_number_and_a_line_is_the_same_error_again(code: Code) -> None:
    error = as_failed(code.number, "a.jpg is no good; mend it")
    assert (error.kind, str(error)) == (code, "a.jpg is no good; mend it")


def test_a_failed_file_raises_what_it_failed_by() -> None:
    Path("bad.png").write_bytes(b"no picture at all")
    with pytest.raises(ImageError) as unknown:
        gantool.enhance("bad.png", "twice", **CPU)
    assert unknown.value.kind is Code.IMAGE_UNKNOWN
    assert isinstance(as_failed("GT602", "no memory"), DeviceError)
    assert isinstance(as_failed("GT601", "gone"), LostDeviceError)


def test_files_go_on_after_a_bad_one() -> None:
    Path("bad.png").write_text("no picture")
    Image.new("L", (3, 3)).save("good.png")
    found = gantool.load("twice", **CPU).files(".", "out", gantool.Writing(suffix="_x"))
    assert {outcome.job.source.name: outcome.status.value for outcome in found} == {
        "bad.png": "failed",
        "good.png": "done",
    }
    assert Path("out/good_x.png").exists()


def test_extras_in_memory_and_as_paths() -> None:
    given, mask = noise((4, 4, 3), np.uint8), np.zeros((4, 4), np.uint8)
    twice = gantool.load("twice", **CPU)
    assert (twice(given, dark=mask) == 0).all()
    assert np.array_equal(twice(given), doubled(given))
    Image.fromarray(mask).save("mask.png")
    Image.fromarray(given).save("a.png")
    assert (twice(given, dark="mask.png") == 0).all()
    assert (np.asarray(Image.open(gantool.enhance("a.png", "twice", dark="mask.png", **CPU))) == 0).all()
    with pytest.raises(ImageError, match="same size"):
        twice(given, dark=mask[:2])
    with pytest.raises(UsageError, match="did you mean dark"):
        twice(given, darc=mask)
    with pytest.raises(UsageError, match="no path"):
        gantool.enhance("a.png", "twice", dark=mask, overwrite=True, **CPU)


def test_tasks_in_a_row() -> None:
    given = noise((4, 5, 3), np.uint8) // 2
    made = gantool.enhance(given, "plus-one,twice", plus_one={"levels": 5}, **CPU)
    assert np.array_equal(made, doubled(given + 5))
    row = gantool.load("plus-one,twice", twice={"weights": "twice-plain"}, **CPU)
    assert row.scale == 2
    assert [link.step.task.name for link in row.links] == ["plus-one", "twice"]


@pytest.mark.parametrize(
    ("task", "options", "words"),
    [
        ("twise", {}, "did you mean twice"),
        ("twice", {"need": 1}, "twice has no option 'need'; did you mean needs"),
        ("twice", {"needs": "x"}, "wrong type"),
        ("twice", {"needs": 9}, "needs = 9 is out of range; it is at most 3"),
        ("style-transfer", {"style": "wave", "strength": float("nan")}, "strength = nan is no number"),
        ("style-transfer", {"style": "wave", "stroke_size": float("nan")}, "stroke_size = nan is no number"),
        ("denoise", {"sigma": float("nan")}, "sigma = nan is no number"),
        ("twice", {"tile": -2}, "tile=-2"),
        ("twice", {"precision": "fp8"}, "fp8"),
        ("twice", {"tta": 3}, "--tta 3"),
        ("twice", {"tta": 8}, "place and direction"),
        ("twice", {"device": "tpu"}, "tpu"),
        ("twice", {"weights": ["a", "b"]}, "need 1 weights"),
        ("twice,plus-one", {"levels": 2}, "'levels' is none of the tasks"),
        ("twice,plus-one", {"weights": "x"}, "TASK=dict"),
        ("twice,twice", {}, "twice"),
        ("twice,", {}, "empty task"),
    ],
)
def test_wrong_use_is_a_line(task: str, options: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        gantool.load(task, **options)
    assert "\n" not in str(caught.value)


def test_writing_is_for_files() -> None:
    with pytest.raises(UsageError, match="overwrite is for files"):
        gantool.enhance(np.zeros((2, 2), np.uint8), "twice", overwrite=True)
    with pytest.raises(UsageError, match="output is for files"):
        gantool.enhance(np.zeros((2, 2), np.uint8), "twice", output="x.png")  # type: ignore[call-overload]


def test_another_tasks_weight_is_refused(work: Path) -> None:
    card = Card(id="other", task="other", architecture="gain", config={}, licence="CC0-1.0")
    files.save(work / "other.safetensors", {"gain": torch.ones(1)}, card)
    with pytest.raises(WeightError, match="made for task 'other'"):
        gantool.load("twice", weights=work / "other.safetensors", **CPU)


def test_importing_is_light_and_typed() -> None:
    heavy = "torch", "numpy", "PIL", "typer", "pluggy"
    program = (
        "import sys, gantool; gantool.enhance, gantool.load, gantool.train, dir(gantool);"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.strip() == "[]"
    assert Path(gantool.__file__).with_name("py.typed").exists()
    assert set(gantool.__all__) <= set(dir(gantool))
    with pytest.raises(AttributeError, match="denoize"):
        gantool.denoize  # noqa: B018
