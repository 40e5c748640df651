"""`--manifest`: what is done and unchanged is skipped, what has changed is made anew."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gantool.errors import ImageError
from gantool.inference.extras import ExtraFile
from gantool.inference.manifest import Entry, Known, Manifest
from gantool.inference.plan import Job
from gantool.task import Extra
from tests.cli.conftest import Run
from tests.reliability.plain import pictures

CALL = ("enhance", "plain", "in", "-o", "out", "--manifest", "done.jsonl", "--device", "cpu")


@pytest.fixture
def batch(plain: Path) -> Path:
    pictures(plain / "in", 4)
    return plain


def last(run: Run, *more: str) -> str:
    answer = run(*CALL, *more)
    assert answer.code == 0, answer.err
    return answer.out.splitlines()[-1]


def lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path("done.jsonl").read_text().splitlines()]


def test_what_is_done_is_skipped_even_where_overwriting_is_asked_for(run: Run, batch: Path) -> None:
    assert last(run) == "4 done"
    first = {path: path.stat().st_mtime_ns for path in Path("out").iterdir()}
    assert last(run) == last(run, "--overwrite") == "4 skipped"
    assert {path: path.stat().st_mtime_ns for path in Path("out").iterdir()} == first
    assert [line["status"] for line in lines()] == ["done"] * 4
    assert lines()[0]["source"] == "in/00000.png"
    assert lines()[0]["target_size"] == [12, 12]


def test_another_number_of_views_makes_all_anew(run: Run, batch: Path) -> None:
    assert last(run, "--tta", "1") == "4 done"
    assert last(run) == "4 skipped"
    assert last(run, "--tta", "2") == "4 done"
    assert last(run, "--tta", "2") == "4 skipped"


def test_another_size_makes_all_anew(run: Run, batch: Path) -> None:
    assert last(run) == "4 done"
    assert last(run, "--longest", "5") == "4 done"
    assert Image.open("out/00000.png").size == (5, 5)
    assert last(run, "--longest", "5") == "4 skipped"


def test_what_changed_is_made_anew_and_nothing_else(run: Run, batch: Path) -> None:
    last(run)
    Image.new("RGB", (8, 8), "red").save("in/00001.png")
    Path("out/00002.png").unlink()
    os.utime("in/00003.png", ns=(1, 1))  # Another time, the same content.
    Image.new("RGB", (8, 8), "blue").save("in/new.png")
    assert last(run) == "3 done, 2 skipped"
    assert Image.open("out/00001.png").getpixel((9, 9)) == (255, 0, 0)
    assert last(run) == "5 skipped"


def test_other_options_or_ways_of_writing_make_all_anew(run: Run, batch: Path) -> None:
    last(run)
    assert last(run, "--pause", "0.001") == "4 done"
    assert last(run, "--pause", "0.001") == "4 skipped"
    assert last(run, "--strip-metadata") == "4 done"
    assert last(run, "--strip-metadata", "--tile", "16", "--precision", "fp32") == "4 skipped"


def test_a_result_that_somebody_changed_is_kept(run: Run, batch: Path) -> None:
    last(run)
    Path("out/00001.png").write_text("retouched by hand")
    assert last(run, "--pause", "0.001") == "3 done, 1 skipped"
    assert Path("out/00001.png").read_text() == "retouched by hand"
    assert last(run, "--pause", "0.001", "--overwrite") == "1 done, 3 skipped"


def test_another_picture_of_the_same_name_replaces_no_result(run: Run, batch: Path) -> None:
    """Two cards of a camera number their pictures alike."""
    last(run)
    Path("in").rename("card1")
    pictures(Path("in"), 4)
    Image.new("RGB", (6, 6), "red").save("in/00002.png")
    Path("in").rename("card2")
    before = Path("out/00002.png").read_bytes()
    answer = run("enhance", "plain", "card2", "-o", "out", "--manifest", "done.jsonl", "--device", "cpu")
    assert answer.out.splitlines()[-1] == "4 skipped"
    assert "00002.png exists" in answer.out
    assert Path("out/00002.png").read_bytes() == before


def test_a_picture_that_is_its_own_extra_is_done_once(batch: Path) -> None:
    Path("out.png").write_text("result")
    source = Path("in/00000.png")
    job = Job(source, Path("out.png"), extras=(ExtraFile(Extra("mask", "Where."), source),))
    manifest = Manifest(Path("done.jsonl"), "digest")
    manifest.begin([job])
    note = manifest._note(_done(job))
    read = Entry.parse(json.dumps({"manifest": note}).encode())
    assert read is not None
    assert Manifest(Path("done.jsonl"), "digest", dict([read])).knows(job) is Known.DONE


def test_a_folder_that_was_moved_is_still_done(run: Run, batch: Path) -> None:
    last(run)
    Path("in").rename("elsewhere")
    moved = ("enhance", "plain", "elsewhere", "-o", "out", "--manifest", "done.jsonl", "--device", "cpu")
    assert run(*moved).out.splitlines()[-1] == "4 skipped"
    assert run(*moved, "--pause", "0.001").out.splitlines()[-1] == "4 done"


def test_what_failed_is_tried_again(run: Run, batch: Path) -> None:
    Path("in/bad.png").write_text("no picture")
    assert run(*CALL).code == 1
    assert [line["status"] for line in lines()].count("failed") == 1
    Path("in/bad.png").write_bytes(Path("in/00000.png").read_bytes())
    assert last(run) == "1 done, 4 skipped"


def test_a_torn_line_costs_one_picture(run: Run, batch: Path) -> None:
    last(run)
    content = Path("done.jsonl").read_bytes()
    Path("done.jsonl").write_bytes(content[:-30])
    Path("out/00003.png").unlink()
    assert last(run) == "1 done, 3 skipped"
    assert last(run) == "4 skipped"


@pytest.mark.parametrize("line", ["", "[]", "1", '{"manifest": []}', "[" * 100_000, '{"manifest": ' * 50_000])
def test_a_line_that_says_nothing_of_a_result_is_passed_over(line: str) -> None:
    assert Entry.parse(line.encode()) is None


def test_from_another_folder_it_says_the_same(run: Run, batch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    last(run)
    monkeypatch.chdir("in")
    answer = run("enhance", "plain", ".", "-o", "../out", "--manifest", "../done.jsonl", "--device", "cpu")
    assert answer.out.splitlines()[-1] == "4 skipped"


def test_an_input_that_changes_while_it_is_read_is_made_again(batch: Path) -> None:
    job = Job(Path("in/00000.png"), Path("out.png"), overwrite=True)
    manifest = Manifest(Path("done.jsonl"), "digest")
    manifest.begin([job])
    Path("out.png").write_text("result")
    Path("in/00000.png").write_bytes(b"another picture")
    note = manifest._note(_done(job))
    assert note is not None
    _, entry = Entry.parse(json.dumps({"manifest": note}).encode()) or ("", None)
    assert entry is not None
    assert not entry.inputs[str(job.source.absolute())].is_of(job.source)


def _done(job: Job) -> Any:
    from gantool.inference.outcome import Outcome, Status

    return Outcome(job, Status.DONE)


def test_wrong_manifests_are_a_line(run: Run, batch: Path) -> None:
    Path("done.jsonl").write_bytes(b"\x89PNG and so on\n")
    answer = run(*CALL)
    assert (answer.code, "no manifest" in answer.err) == (2, True)
    assert Path("done.jsonl").read_bytes() == b"\x89PNG and so on\n"
    answer = run(
        "enhance", "plain", "in", "-o", "out", "--manifest", "no/such/folder.jsonl", "--device", "cpu"
    )
    assert (answer.code, len(answer.err.splitlines())) == (1, 1)
    answer = run("enhance", "plain", "in/00000.png", "-o", "-", "--manifest", "m.jsonl")
    assert answer.code == 2
    with pytest.raises(ImageError, match="cannot be read"):
        Manifest.read(Path("in"), "digest")


def test_a_dry_run_reads_it_and_writes_nothing(run: Run, batch: Path) -> None:
    assert last(run, "--dry-run") == "4 planned"
    assert not Path("done.jsonl").exists()
    last(run)
    assert last(run, "--dry-run") == "4 skipped"


def test_a_resume_with_nothing_to_do_imports_no_torch(run: Run, batch: Path) -> None:
    last(run)
    report = "print('torch' in sys.modules)"
    program = f"import sys; from gantool.cli import main\ntry: main(sys.argv[1:])\nfinally: {report}"
    done = subprocess.run([sys.executable, "-c", program, *CALL], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-2:] == ["4 skipped", "False"]
