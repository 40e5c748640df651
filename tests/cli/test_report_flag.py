"""`--report` on `gantool enhance` and `gantool evaluate`, with tiny random networks."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gantool.errors import ImageError
from gantool.weights import files
from gantool.weights.card import Card
from gantool_superres.networks import ARCHITECTURE, Generator, SuperResConfig
from tests.report.parsing import Page, check

from .conftest import Run

WEIGHT = "superres-x2-fidelity-compact"
COMMON = ("--scale", "2", "--kind", "fidelity", "--device", "cpu", "--precision", "fp32")


@pytest.fixture(autouse=True)
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two pictures in the current folder's `in`, and a weight."""
    torch.manual_seed(0)
    config = SuperResConfig(scale=2, width=8, blocks=1)
    card = Card(WEIGHT, "superres", ARCHITECTURE, config.as_card(), "CC0-1.0")
    (tmp_path / "store").mkdir()
    files.save(tmp_path / "store" / f"{WEIGHT}.safetensors", Generator(config).state_dict(), card)
    monkeypatch.setenv("GANTOOL_WEIGHTS", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    rng = np.random.default_rng(0)
    for name in ("a & b.png", "two.png"):
        Image.fromarray(rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)).save(Path("in") / name)
    return tmp_path


def page(path: str = "report.html") -> Page:
    return check(Path(path).read_text(encoding="utf-8"))


def enhance(run: Run, *more: str) -> object:
    return run("enhance", "superres", *COMMON, *more, "--report", "report.html")


def test_enhance_writes_a_page_of_what_it_did(run: Run) -> None:
    Path("in/bad.png").write_text("no picture")
    answer = enhance(run, "in", "-o", "out")
    assert answer.code == 1
    assert "report: report.html" in answer.out
    made = page()
    assert made.count("article") == 2
    sizes = [(attrs["width"], attrs["height"]) for tag, attrs in made.tags if tag == "img"][-2:]
    assert sizes == [("50", "40"), ("100", "80")]
    for words in ("2 pictures enhanced", "a & b.png", WEIGHT, "CC0-1.0", "fidelity", "in/bad.png"):
        assert words in made.text
    assert made.text.count("bad.png is") == 1
    assert sorted(path.name for path in Path().iterdir() if path.is_file()) == ["report.html"]


def test_json_and_pipes_keep_stdout_to_themselves(run: Run) -> None:
    answer = enhance(run, "in", "-o", "out", "--json")
    assert "report:" not in answer.out
    assert "report: report.html" in answer.err


def test_a_page_that_exists_is_kept_and_the_next_is_numbered(run: Run) -> None:
    """So that the call of an interrupted batch goes on when it is made again."""
    Path("report.html").write_text("mine")
    assert "report: report-2.html" in enhance(run, "in", "-o", "out").out
    assert Path("report-2.html").read_text().count("<article") == 2
    assert "report: report-3.html" in enhance(run, "in", "-o", "out").out
    assert Path("report.html").read_text() == "mine"
    assert enhance(run, "in", "-o", "out", "--overwrite").code == 0
    assert page().count("article") == 2


def test_what_was_done_is_said_where_the_page_cannot_be_written(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise ImageError("no space is left")

    monkeypatch.setattr("gantool.report.gallery.page_of", full)
    answer = enhance(run, "in", "-o", "out")
    assert (answer.code, answer.out.splitlines()[-1]) == (1, "2 done")
    assert "no space is left" in answer.err


def test_skipped_pictures_are_listed(run: Run) -> None:
    assert run("enhance", "superres", *COMMON, "in/two.png", "-o", "out").code == 0
    assert enhance(run, "in", "-o", "out").code == 0
    assert page().count("article") == 1
    assert "in/two.png: out/two.png exists" in page().text
    Path("report.html").unlink()
    assert enhance(run, "in", "-o", "out").code == 0
    assert "None was made." in page().text


def test_a_dry_run_writes_no_page(run: Run) -> None:
    assert enhance(run, "in", "-o", "out", "--dry-run").code == 0
    assert not Path("report.html").exists()


def test_interrupted_before_the_first_picture_there_is_no_page(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object) -> None:
        monkeypatch.setitem(sys.modules, "torch", None)  # As after a broken import: it fails again.
        raise KeyboardInterrupt

    monkeypatch.setattr("gantool.inference.runner.open_steps", interrupted)
    answer = enhance(run, "in", "-o", "out")
    assert (answer.code, answer.out) == (130, "")
    assert answer.err == "interrupted before the first picture\n"
    assert not Path("report.html").exists()


def test_a_page_on_which_nothing_was_computed_needs_no_torch(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("enhance", "superres", *COMMON, "in", "-o", "out").code == 0
    monkeypatch.setitem(sys.modules, "torch", None)
    assert enhance(run, "in", "-o", "out").code == 0
    assert "threads" not in page().text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("in/two.png", "is no name for a page; write --report two.html"),
        ("nowhere/r.html", "folder nowhere does not exist"),
        ("folder.html", "is a folder"),
    ],
)
@pytest.mark.parametrize("verb", ["enhance", "evaluate"])
def test_bad_places_are_one_line(run: Run, verb: str, path: str, words: str) -> None:
    Path("folder.html").mkdir()
    what = ("in", "-o", "out") if verb == "enhance" else ("--data", "in")
    answer = run(verb, "superres", *COMMON, *what, "--overwrite", "--report", path)
    assert (answer.code, len(answer.err.splitlines())) == (2, 1)
    assert words in answer.err


def test_evaluate_writes_a_page_with_the_truth_and_the_figures(run: Run) -> None:
    command = ("evaluate", "superres", *COMMON, "--data", "in", "--report", "report.html")
    answer = run(*command)
    assert (answer.code, answer.err) == (0, "report: report.html\n")
    made = page()
    assert made.count("article") == 2
    assert [attrs["class"] for tag, attrs in made.tags if "layer" in str(attrs.get("class"))][:3] == [
        "layer under",
        "layer over",
        "layer other",
    ]
    mean = next(line.split()[1] for line in answer.out.splitlines() if line.startswith("mean"))
    for words in ("2 cases measured", "Mean PSNR-Y", mean, "Protocol: x2, LR by Pillow bicubic", "Truth"):
        assert words in made.text
    assert run(*command).code == 2
    assert run(*command, "--overwrite").code == 0
