"""`gantool data check` and `gantool data pack` as people use them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gantool import plugins
from gantool.train.layout import find_split
from tests.train.pictures import truncate, write, write_many

from .conftest import Run

TASK = next(report.name for report in plugins.survey() if report.task and report.task.train)


def test_a_good_set_is_one_line_and_exit_code_0(run: Run, tmp_path: Path) -> None:
    for seed in range(3):
        write(tmp_path / f"{seed}.png", seed, 300, 300)
    answer = run("data", "check", str(tmp_path), "--task", TASK)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.count("\n") == 1
    assert "3 pictures" in answer.out


def test_warnings_are_shown_and_do_not_fail(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "a.png", 1, 300, 300)
    write(tmp_path / "b[red].png", 1, 300, 300)
    answer = run("data", "check", str(tmp_path), "--task", TASK)
    assert answer.code == 0
    assert "b[red].png" in answer.out
    assert "note  1 duplicate" in answer.out


def test_what_must_be_mended_fails(run: Run, tmp_path: Path) -> None:
    for seed in range(3):
        write(tmp_path / "photos" / f"{seed}.png", seed, 300, 300)
    write(tmp_path / "tests" / "known.png", 2, 300, 300)
    arguments = ["data", "check", str(tmp_path / "photos"), "--task", TASK]
    assert run(*arguments).code == 0
    leak = run(*arguments, "--against", str(tmp_path / "tests"))
    assert leak.code == 1
    assert "mend  1 leak" in leak.out
    truncate(tmp_path / "photos" / "0.png")
    unreadable = run(*arguments)
    assert unreadable.code == 1
    assert "0.png" in unreadable.out


def test_the_task_says_how_large_pictures_must_be(run: Run, tmp_path: Path) -> None:
    task = plugins.load(TASK)
    assert task.train is not None
    side = task.train.smallest_side(task.train.options())
    assert side > 1
    write(tmp_path / "fits.png", 1, side, side)
    write(tmp_path / "small.png", 2, side, side - 1)
    answer = run("data", "check", str(tmp_path), "--task", TASK, "--json")
    record = json.loads(answer.out)
    assert answer.code == 0
    assert record["smallest_side"] == side
    assert record["counts"] == {"too small": 1}
    assert record["findings"][0]["picture"] == "small.png"
    assert (record["ok"], record["pictures"], record["usable"]) == (True, 2, 1)


def test_long_lists_are_cut_in_the_table_and_whole_in_json(run: Run, tmp_path: Path) -> None:
    write_many(tmp_path, 30)
    arguments = ["data", "check", str(tmp_path), "--task", TASK]
    table = run(*arguments)
    assert "and 10 more" in table.out
    assert table.code == 1  # not one is large enough
    assert len(json.loads(run(*arguments, "--json").out)["findings"]) == 30


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["check", "nowhere", "--task", TASK], 2, "nowhere"),
        (["check", ".", "--task", TASK[:-1]], 2, f"did you mean {TASK}"),
        (["check", "."], 2, "--task"),
        (["check", ".", "--task", TASK], 2, "holds no pictures"),
        (["pack", ".", "shards"], 2, "holds no pictures"),
    ],
)
def test_bad_input_is_one_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = run("data", *arguments)
    assert answer.code == code
    assert says in answer.err
    assert answer.err.count("\n") == 1


def test_validation_pictures_are_packed_apart(run: Run, tmp_path: Path) -> None:
    write_many(tmp_path / "photos" / "train", 3)
    write_many(tmp_path / "photos" / "val", 1)
    assert run("data", "pack", str(tmp_path / "photos"), str(tmp_path / "shards")).code == 0
    split = find_split(tmp_path / "shards", None)
    assert (len(split.train), len(split.val)) == (3, 1)


def test_a_check_of_files_needs_no_torch(tmp_path: Path) -> None:
    write(tmp_path / "a.jpg", 1, 300, 300)
    program = (
        "import sys; from gantool.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit as end: print(end.code, 'torch' in sys.modules)"
    )
    arguments = [sys.executable, "-c", program, "data", "check", str(tmp_path), "--task", TASK, "--json"]
    answer = subprocess.run(arguments, capture_output=True, text=True, check=True)
    assert answer.stdout.splitlines()[-1] == "0 False"


def test_packed_pictures_are_a_training_set(run: Run, tmp_path: Path) -> None:
    for seed in range(3):
        write(tmp_path / "photos" / f"{seed}.png", seed, 300, 300)
    answer = run("data", "pack", str(tmp_path / "photos"), str(tmp_path / "shards"))
    assert answer.code == 0
    assert "pictures: 3, shards: 1" in answer.out
    checked = run("data", "check", str(tmp_path / "shards"), "--task", TASK)
    assert checked.code == 0
    assert "3 pictures" in checked.out


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_utf_8_is_looked_at_and_printed(run: Run, tmp_path: Path) -> None:
    for seed, name in enumerate((b"caf\xe9.png", b"cut\xe9.png", b"b.png")):
        file = tmp_path / f"{seed}.png"
        write(file, seed, 300, 300).rename(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    truncate(Path(os.fsdecode(os.fsencode(tmp_path) + b"/cut\xe9.png")))
    for more in ((), ("--json",)):
        answer = run("data", "check", str(tmp_path), "--task", TASK, *more)
        assert answer.code == 1
        assert "cut" in answer.out
