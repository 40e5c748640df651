from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gantool.train.record.report import write_report
from tests.report.parsing import check
from tests.train.record.runs import DESCRIPTION, make_run

from .conftest import Run


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    first = make_run(tmp_path / "runs" / "one")
    second = make_run(tmp_path / "runs" / "deep" / "two", trainer={**DESCRIPTION["trainer"], "lr": 5e-4})
    (second / "val.csv").write_text("step,psnr,fid\n50,27.5,30\n100,29.5,26\n")
    return first, second


def test_list(run: Run, two: tuple[Path, Path]) -> None:
    (two[0] / "blur.safetensors").touch()
    damaged = two[0].parent / "damaged"
    damaged.mkdir()
    (damaged / "run.json").write_text("{")
    answer = run("runs", "list", str(two[0].parent))
    assert answer.code == 0
    head, *rows = answer.out.splitlines()
    assert head.split() == ["run", "task", "kind", "step", "best", "written", "state"]
    assert [row.split()[0] for row in rows] == ["damaged", "deep/two", "one"]
    assert "is damaged" in rows[0]
    assert rows[1].endswith("running?")
    assert "blur" in rows[2]
    assert "soft" in rows[2]
    assert "100 of 400" in rows[2]
    assert "psnr 28.25 at 100" in rows[2]
    assert rows[2].endswith("finished")


def test_list_as_json(run: Run, two: tuple[Path, Path]) -> None:
    records = json.loads(run("runs", "list", str(two[0].parent), "--json").out)
    assert [Path(record["path"]).name for record in records] == ["two", "one"]
    assert records[1]["best"] == {"figure": "psnr", "value": 28.25, "step": 100, "higher": True}
    assert (records[1]["progress"], records[1]["seconds"], records[1]["state"]) == (0.25, 20.0, "running")


def test_list_of_nothing(run: Run, tmp_path: Path) -> None:
    assert run("runs", "list", str(tmp_path)).out == f"no run is in {tmp_path}\n"
    answer = run("runs", "list", str(tmp_path / "gone"))
    assert answer.code == 1
    assert answer.err.count("\n") == 1


def test_show(run: Run, two: tuple[Path, Path]) -> None:
    text = run("runs", "show", str(two[0])).out
    for words in ("100 of 400", "best: psnr 28.25 at 100", "last val: psnr 28.25", "page: not written yet"):
        assert words in text
    page = write_report(two[0])
    assert f"page: {page}" in run("runs", "show", str(two[0])).out


def test_show_as_json_has_no_nan(run: Run, two: tuple[Path, Path]) -> None:
    (two[0] / "train.csv").write_text("step,pixel\n1,nan\n")
    record = json.loads(run("runs", "show", str(two[0]), "--json").out, parse_constant=pytest.fail)
    assert record["last"]["train"] == {"pixel": None}
    assert record["settings"]["task"] == {"kind": "soft", "radius": 2}


def test_show_of_no_run_is_one_line(run: Run, tmp_path: Path) -> None:
    answer = run("runs", "show", str(tmp_path))
    assert (answer.code, answer.out) == (1, "")
    assert "holds no run" in answer.err


def test_compare(run: Run, two: tuple[Path, Path], tmp_path: Path) -> None:
    target = tmp_path / "compared.html"
    answer = run("runs", "compare", *map(str, two), "--html", str(target))
    assert answer.code == 0
    lines = [line.split() for line in answer.out.splitlines()]
    assert ["best", "psnr", "28.25", "29.5", "*"] in lines
    assert ["trainer.lr", "0.001", "0.0005"] in lines
    assert not any(line[0] == "task.radius" for line in lines)
    page = check(target.read_text(encoding="utf-8"))
    (psnr,) = (block for block in page.blocks if isinstance(block, dict) and block["title"] == "psnr")
    assert [(trace["name"], trace["colour"]) for trace in psnr["traces"]] == [("one", 0), ("two", 1)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("run.json", "is no name for a page; write --html run.html"),
        ("mine.html", "exists; add --overwrite, or choose another name"),
    ],
)
def test_compare_writes_over_nothing(run: Run, two: tuple[Path, Path], name: str, words: str) -> None:
    target = two[0] / name
    target.write_text(before := target.read_text() if target.exists() else "mine")
    answer = run("runs", "compare", *map(str, two), "--html", str(target))
    assert (answer.code, answer.out, target.read_text()) == (2, "", before)
    assert f"--html {target} {words}" in answer.err


def test_compare_replaces_a_page_with_overwrite(run: Run, two: tuple[Path, Path], tmp_path: Path) -> None:
    target = tmp_path / "compared.html"
    target.write_text("older")
    assert run("runs", "compare", *map(str, two), "--html", str(target), "--overwrite").code == 0
    check(target.read_text(encoding="utf-8"))


def test_compare_as_json(run: Run, two: tuple[Path, Path]) -> None:
    record = json.loads(run("runs", "compare", *map(str, two), "--json").out)
    assert record["runs"] == ["one", "two"]
    assert record["differences"] == {"trainer.lr": [0.001, 0.0005]}
    assert record["figures"]["last fid"] == [25.0, 26.0]


def test_runs_of_another_kind_have_no_best(run: Run, two: tuple[Path, Path], tmp_path: Path) -> None:
    other = make_run(tmp_path / "other", task={"kind": "hard"})
    (other / "val.csv").write_text("step,psnr,fid\n100,29.5,26\n")
    assert "*" not in run("runs", "compare", str(two[0]), str(other)).out


def test_one_run_is_not_compared(run: Run, two: tuple[Path, Path]) -> None:
    assert run("runs", "compare", str(two[0])).code == 2


def test_reading_runs_imports_no_torch(two: tuple[Path, Path]) -> None:
    program = (
        "import sys\nfrom gantool.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: print('torch' in sys.modules)"
    )
    for words in (["list", str(two[0].parent)], ["show", str(two[0])], ["compare", *map(str, two)]):
        command = [sys.executable, "-c", program, "runs", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "False"
