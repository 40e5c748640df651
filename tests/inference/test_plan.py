"""What is read and written, decided without pixels."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from gantool.errors import ImageError, UsageError
from gantool.images.formats import ImageFormat
from gantool.inference import targets
from gantool.inference.plan import Intent
from gantool.inference.targets import Place, understand_output
from tests.inference.planning import locked, made, only, pairs, touch

pytestmark = pytest.mark.usefixtures("in_an_empty_folder")


def test_beside_the_input_with_the_tasks_name() -> None:
    touch("a.jpeg", "sub/b.PNG")
    assert pairs(made("a.jpeg", "sub/b.PNG")) == [
        ("a.jpeg", "a_toy.jpeg"),
        ("sub/b.PNG", "sub/b_toy.PNG"),
    ]


def test_one_result_of_several_pictures_is_not_named_as_if_it_were_several() -> None:
    touch("a.MPO", "b.apng")
    assert pairs(made("a.MPO", "b.apng")) == [("a.MPO", "a_toy.jpg"), ("b.apng", "b_toy.png")]


def test_suffix_and_format() -> None:
    touch("a.jpeg")
    assert pairs(made("a.jpeg", suffix="-x")) == [("a.jpeg", "a-x.jpeg")]
    assert pairs(made("a.jpeg", format=ImageFormat.WEBP)) == [("a.jpeg", "a_toy.webp")]


@pytest.mark.parametrize("name", ["a.gif", "a.heic", "a.dng", "a.ppm"])
def test_what_cannot_be_written_becomes_png(name: str) -> None:
    touch(name)
    job = only(made(name))
    assert (str(job.target), job.format) == ("a_toy.png", ImageFormat.PNG)


def test_a_folder_keeps_its_structure_under_o() -> None:
    touch("in/a.jpg", "in/deep/b.png", "in/notes.txt", "in/.hidden.png")
    assert pairs(made("in", o="out")) == [("in/a.jpg", "out/a.jpg")]
    assert pairs(made("in", o="out", recursive=True)) == [
        ("in/a.jpg", "out/a.jpg"),
        ("in/deep/b.png", "out/deep/b.png"),
    ]


def test_what_is_no_suffix_stays_in_the_name() -> None:
    for name in ("scan.01", "scan.02"):
        Image.new("RGB", (2, 2)).save(name, "JPEG")
    assert pairs(made("scan.01", "scan.02")) == [
        ("scan.01", "scan.01_toy.jpg"),
        ("scan.02", "scan.02_toy.jpg"),
    ]


def test_folders_behind_links_are_gone_into_once() -> None:
    touch("in/a.jpg", "elsewhere/b.jpg")
    Path("in/album").symlink_to("../elsewhere")
    Path("elsewhere/back").symlink_to("../in")
    assert pairs(made("in", o="out", recursive=True)) == [
        ("in/a.jpg", "out/a.jpg"),
        ("in/album/b.jpg", "out/album/b.jpg"),
    ]
    assert pairs(made("in", o="out")) == [("in/a.jpg", "out/a.jpg")]


def test_former_results_in_a_folder_are_no_inputs() -> None:
    touch("a.jpg", "a_toy.jpg", "out/c.jpg")
    result = made(".", o="out", recursive=True)
    assert pairs(result) == [("a.jpg", "out/a.jpg")]
    assert list(map(str, result.left_out)) == ["a_toy.jpg", "out/c.jpg"]


@pytest.mark.parametrize("named", [".", "*.*"])
def test_a_name_like_a_result_is_an_input_unless_its_picture_is_beside_it(named: str) -> None:
    touch("a.HEIC", "a_toy.png", "a_toy-2.png", "b_toy.png", "c_toy-1.jpg", "_toy.jpg", "d.txt", "d_toy.jpg")
    result = made(named, o="out")
    assert [source for source, _ in pairs(result)] == [
        "_toy.jpg",
        "a.HEIC",
        "b_toy.png",
        "c_toy-1.jpg",
        "d_toy.jpg",
    ]
    assert list(map(str, result.left_out)) == ["a_toy-2.png", "a_toy.png"]


def test_a_stated_suffix_tells_former_results_where_they_would_lie_alone() -> None:
    touch("in/IMG.png", "in/IMG_2.png")
    apart = made("in", o="out", suffix="_2")
    assert [target for _, target in pairs(apart)] == ["out/IMG_2.png", "out/IMG_2_2.png"]
    assert apart.left_out == ()
    for own in (None, "in"):
        beside = made("in", o=own, suffix="_2")
        assert (str(only(beside).source), beside.left_out) == ("in/IMG.png", (Path("in/IMG_2.png"),))


def test_a_folder_may_be_its_own_output_under_other_names() -> None:
    touch("in/a.jpg")
    assert pairs(made("in", o="in", suffix="_big")) == [("in/a.jpg", "in/a_big.jpg")]


def test_patterns_the_shell_left_alone() -> None:
    touch("a.jpg", "b.jpg", "b_toy.jpg", "c.txt", "x/d.jpg")
    assert [(str(job.source), job.intent) for job in made("*.*").jobs] == [
        ("a.jpg", Intent.ENHANCE),
        ("b.jpg", Intent.SKIP),
    ]
    assert [str(job.source) for job in made("**/*.jpg").jobs] == ["a.jpg", "b.jpg", "x/d.jpg"]


def test_a_name_with_brackets_is_a_file_first() -> None:
    touch("a[1].png")
    assert pairs(made("a[1].png")) == [("a[1].png", "a[1]_toy.png")]


def test_o_names_a_file_or_a_folder() -> None:
    touch("a.jpg")
    assert pairs(made("a.jpg", o="b.png")) == [("a.jpg", "b.png")]
    assert only(made("a.jpg", o="b.png")).format is ImageFormat.PNG
    assert pairs(made("a.jpg", o="b")) == [("a.jpg", "b/a.jpg")]
    assert pairs(made("a.jpg", o="b.png/")) == [("a.jpg", "b.png/a.jpg")]
    Path("c.png").mkdir()
    assert pairs(made("a.jpg", o="c.png")) == [("a.jpg", "c.png/a.jpg")]


@pytest.mark.parametrize("named", ["a.jpg", "-"])
def test_an_unknown_suffix_is_no_folder_for_a_single_picture(named: str) -> None:
    touch("a.jpg", "b.jpg", "in/c.jpg")
    with pytest.raises(UsageError, match=r"-o x\.xyz: \.xyz is no format .* of this name is x\.xyz/$"):
        made(named, o="x.xyz")
    assert pairs(made("a.jpg", o="x.xyz/")) == [("a.jpg", "x.xyz/a.jpg")]
    assert pairs(made("a.jpg", o="v1.2")) == [("a.jpg", "v1.2/a.jpg")]
    assert pairs(made("a.jpg", "b.jpg", o="x.xyz"))[0] == ("a.jpg", "x.xyz/a.jpg")
    assert pairs(made("in", o="x.xyz")) == [("in/c.jpg", "x.xyz/c.jpg")]
    assert len(pairs(made("*.jpg", o="x.xyz"))) == 2
    Path("x.xyz").mkdir()
    assert pairs(made("a.jpg", o="x.xyz")) == [("a.jpg", "x.xyz/a.jpg")]


def test_streams() -> None:
    job = only(made("-"))
    assert job.to_stdout
    assert job.format is None
    assert only(made("-", o="x.webp")).target == Path("x.webp")
    named = only(made("-", o="out"))
    assert (named.target, named.format) == (Path("out/stdin.png"), ImageFormat.PNG)
    touch("a.jpg", "b.jpg")
    assert only(made("a.jpg", o="-")).to_stdout
    with pytest.raises(UsageError, match="stdin"):
        made("-", "a.jpg")
    with pytest.raises(UsageError, match="2 pictures"):
        made("a.jpg", "b.jpg", o="-")


def test_the_same_input_twice_counts_once() -> None:
    touch("a.jpg")
    assert len(made("a.jpg", "./a.jpg", ".").jobs) == 1


def test_bad_inputs_fail_alone() -> None:
    touch("good.jpg", "empty/x.txt", "noext")
    result = made("missing.jpg", "good.jpg", "empty", "*.webp", "noext")
    assert [job.intent for job in result.jobs] == [
        Intent.FAIL,
        Intent.ENHANCE,
        Intent.FAIL,
        Intent.FAIL,
        Intent.FAIL,
    ]
    reasons = [job.reason for job in result.jobs]
    assert "missing.jpg does not exist" in reasons[0]
    assert "--recursive" in reasons[2]
    assert "*.webp" in reasons[3]


def test_a_folder_that_cannot_be_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    touch("in/a.jpg", "in/private/b.jpg")
    locked(monkeypatch, "private")
    said = "cannot be read (Permission denied); check its permissions"
    below = made("in", o="out", recursive=True)
    assert pairs(below) == [("in/a.jpg", "out/a.jpg")]
    assert [job.reason for job in below.jobs if job.intent is Intent.FAIL] == [f"folder in/private {said}"]
    assert only(made("in/private", o="out")).reason == f"folder in/private {said}"
    assert made("in", o="out").left_out == ()
    assert "b.jpg cannot be reached (Permission denied)" in only(made("in/private/b.jpg", o="out")).reason


@pytest.mark.parametrize(
    ("o", "suffix", "format"),
    [
        ("b.gif", None, None),
        ("b.png", None, ImageFormat.JPEG),
        (None, "x/y", None),
        (None, None, ImageFormat.RAW),
    ],
)
def test_contradictions(o: str | None, suffix: str | None, format: ImageFormat | None) -> None:
    touch("a.jpg")
    with pytest.raises(UsageError):
        made("a.jpg", o=o, suffix=suffix, format=format)


def test_an_unwritable_folder_is_said_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    touch("a.jpg")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(ImageError, match="not writable"):
        made("a.jpg", o="out")
    assert "not writable" in only(made("a.jpg")).reason


def test_a_place_without_any_folder_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    touch("a.jpg")
    output = understand_output("out", ("a.jpg",), default_suffix="_toy", suffix=None, format=None)
    monkeypatch.setattr(targets, "exists", lambda path: False)  # A drive that is not there.
    with pytest.raises(ImageError, match="folder out cannot be made: none above it exists"):
        output.check_writable()


def test_a_file_in_the_folders_place() -> None:
    touch("a.jpg", "out")
    with pytest.raises(ImageError, match="no folder"):
        made("a.jpg", o="out/")


def test_planning_needs_no_torch() -> None:
    code = "import sys, gantool.inference.plan, gantool.inference.result; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_where_results_go_is_understood() -> None:
    assert understand_output(None, ("a",), default_suffix="", suffix=None, format=None).place is Place.BESIDE
