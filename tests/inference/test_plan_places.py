"""What lies in the place of a result: a result, an input, another result."""

from __future__ import annotations

from pathlib import Path

import pytest

from gantool.errors import UsageError
from gantool.images.formats import ImageFormat
from gantool.inference.plan import Intent
from tests.inference.planning import made, only, pairs, touch

pytestmark = pytest.mark.usefixtures("in_an_empty_folder")


def test_what_exists_is_skipped() -> None:
    touch("a.jpg", "a_toy.jpg")
    job = only(made("a.jpg"))
    assert job.intent is Intent.SKIP
    assert job.reason == (
        "a_toy.jpg exists, perhaps made with other options; give another -o or --suffix, or --overwrite"
    )
    assert only(made("a.jpg", overwrite=True)).intent is Intent.ENHANCE


def test_a_link_that_leads_nowhere_in_the_results_place_is_said_before_any_work() -> None:
    touch("a.jpg")
    Path("a_toy.jpg").symlink_to("nowhere.jpg")
    job = only(made("a.jpg"))
    assert (job.intent, job.code) == (Intent.FAIL, "GT702")
    assert "a_toy.jpg is a symbolic link that leads nowhere; remove it" in job.reason
    assert only(made("a.jpg", overwrite=True)).intent is Intent.ENHANCE


def test_an_input_is_never_written_over() -> None:
    touch("in/a.jpg")
    with pytest.raises(UsageError, match="written over"):
        made("in", o="in", overwrite=True)
    with pytest.raises(UsageError, match="written over"):
        made("in/a.jpg", suffix="", overwrite=True)
    for overwrite in (False, True):
        with pytest.raises(UsageError, match="written over by its result; name another file by -o"):
            made("in/a.jpg", o="in/a.jpg", overwrite=overwrite)


def test_an_input_is_not_written_over_through_a_link() -> None:
    touch("in/a.jpg")
    Path("alias").symlink_to("in")
    with pytest.raises(UsageError, match="written over"):
        made("in/a.jpg", o="alias", overwrite=True)


def test_a_named_former_result_is_left_out_and_never_replaced_unasked() -> None:
    touch("a.jpg", "a_toy.jpg")
    result = made("a.jpg", "a_toy.jpg")
    assert only(result).intent is Intent.SKIP
    assert result.left_out == (Path("a_toy.jpg"),)
    with pytest.raises(UsageError, match=r"a_toy\.jpg"):
        made("a.jpg", "a_toy.jpg", overwrite=True)


def test_a_former_result_named_alone_is_an_input() -> None:
    touch("a_toy.jpg")
    assert pairs(made("a_toy.jpg")) == [("a_toy.jpg", "a_toy_toy.jpg")]


def test_two_results_in_one_place() -> None:
    touch("a.jpg", "a.png", "x/a.jpg")
    first, second = made("a.jpg", "a.png", format=ImageFormat.PNG).jobs
    assert (first.intent, second.intent) == (Intent.ENHANCE, Intent.FAIL)
    both = "a.jpg and a.png would both be written to a_toy.png"
    assert second.reason == f"{both}; enhance a.png by itself, with another --suffix or -o"
    with pytest.raises(UsageError, match=r"a\.jpg and x/a\.jpg .* name the folder above both with --recurs"):
        made("a.jpg", "x/a.jpg", o="out")
    assert len(pairs(made(".", o="out", recursive=True, suffix=""))) == 3
    with pytest.raises(UsageError, match="2 pictures"):
        made("a.jpg", "a.png", o="b.png")
