"""What is read beside the inputs: found, never written over, and missed in a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gantool.errors import ImageError, UsageError, WeightError
from gantool.inference.plan import Intent, plan
from gantool.inference.targets import understand_output
from gantool.task import Extra
from gantool.weights import files
from tests.inference.planning import locked, made, only, pairs, touch

pytestmark = pytest.mark.usefixtures("in_an_empty_folder")

MASK = Extra("mask", "White where to fill.", aligned=True, grey=True, required=True)


def test_extras_from_a_file_and_from_a_folder() -> None:
    touch("in/a.jpg", "in/s/b.jpg", "m/a.png", "m/s/b_mask.png", "one.png")
    one = made("in", recursive=True, declared=(MASK,), given={"mask": Path("one.png")})
    assert [job.extras[0].path for job in one.jobs] == [Path("one.png")] * 2
    many = made("in", recursive=True, declared=(MASK,), given={"mask": Path("m")})
    assert [str(job.extras[0].path) for job in many.jobs] == ["m/a.png", "m/s/b_mask.png"]


def test_a_folder_of_extras_is_listed_once_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    touch(*(f"in/{number}.png" for number in range(5)), *(f"m/{number}.png" for number in range(5)))
    listed: list[Path] = []
    inner = Path.iterdir

    def iterdir(folder: Path) -> Iterator[Path]:
        listed.append(folder)
        return inner(folder)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    for _ in range(2):
        result = made("in", o="out", declared=(MASK,), given={"mask": Path("m")})
        assert [job.extras[0].path.name for job in result.jobs] == [f"{number}.png" for number in range(5)]
    assert listed == [Path("m")] * 2


def test_masks_beside_their_pictures_are_no_inputs() -> None:
    touch("in/a.jpg", "in/a_mask.png")
    result = made("in", declared=(MASK,), given={"mask": Path("in")})
    assert result.left_out == ()
    job = only(result)
    assert (str(job.source), str(job.extras[0].path)) == ("in/a.jpg", "in/a_mask.png")


def test_a_picture_is_no_mask_of_one_beside_it() -> None:
    """Cameras write `a.jpg` and `a.tif`; `a_mask.png` alone says that it is a mask."""
    touch("in/a.jpg", "in/a.tif", "in/a_mask.png", "in/b.jpg", "in/b.tif")
    jobs = made("in", declared=(MASK,), given={"mask": Path("in")}).jobs
    assert [str(job.source) for job in jobs] == ["in/a.jpg", "in/a.tif", "in/b.jpg", "in/b.tif"]
    assert {job.extras[0].path for job in jobs if job.extras} == {Path("in/a_mask.png")}
    assert "in has no b_mask.* for in/b.jpg" in jobs[2].reason


def test_masks_beside_their_pictures_under_another_spelling() -> None:
    touch("in/a.jpg", "in/a_mask.png", "in/b.jpg")
    Path("alias").symlink_to("in")
    for spelling in (Path.cwd() / "in", Path("alias"), Path("in/../in")):
        one, none = made("in", declared=(MASK,), given={"mask": spelling}).jobs
        assert (one.source, one.extras[0].path) == (Path("in/a.jpg"), spelling / "a_mask.png")
        assert (none.source, none.intent) == (Path("in/b.jpg"), Intent.FAIL)


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_is_read_beside_the_inputs_is_never_written_over(*, overwrite: bool) -> None:
    touch("in/a.png", "m/a.png", "paint.png")
    mask: dict[str, Path | None] = {"mask": Path("m")}
    with pytest.raises(UsageError, match=r"m/a\.png is read, .* of in/a\.png; choose another --suffix or -o"):
        made("in", o="m", declared=(MASK,), given=mask, overwrite=overwrite)
    assert pairs(made("in", o="m", suffix="_x", declared=(MASK,), given=mask, overwrite=overwrite))
    output = understand_output("paint.png", ("in/a.png",), default_suffix="", suffix=None, format=None)
    with pytest.raises(UsageError, match=r"paint\.png is read, .*; name another file by -o"):
        plan(["in/a.png"], output, overwrite=overwrite, read=[Path("./paint.png")])


def test_a_mask_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    touch("a.jpg", "private/m.png")
    locked(monkeypatch, "private")
    with pytest.raises(ImageError, match=r"--mask private/m\.png cannot be reached .*; check the perm"):
        made("a.jpg", declared=(MASK,), given={"mask": Path("private/m.png")})
    with pytest.raises(WeightError, match=r"private/w\.safetensors cannot be reached"):
        files.check_file(Path("private/w.safetensors"))


def test_missing_extras() -> None:
    touch("a.jpg", "m/b.png", "n/a.png", "n/a_mask.png")
    with pytest.raises(UsageError, match="--mask is needed"):
        made("a.jpg", declared=(MASK,))
    with pytest.raises(ImageError, match="does not exist"):
        made("a.jpg", declared=(MASK,), given={"mask": Path("none")})
    assert only(made("a.jpg", declared=(MASK,), given={"mask": Path("m")})).intent is Intent.FAIL
    assert "both fit" in only(made("a.jpg", declared=(MASK,), given={"mask": Path("n")})).reason
    style = Extra("style", "The style.")
    assert only(made("a.jpg", declared=(style,), given={"style": Path("m")})).extras == ()
