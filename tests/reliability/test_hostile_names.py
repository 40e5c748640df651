"""Names of every kind on the command line: a line each, and no name ends the work on the others."""

from __future__ import annotations

import io
import json
import os
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.reliability.plain import pictures

NAMES = (
    b"spa  ces.png",
    b"quo'te\".png",
    b"two\nlines.png",
    b"\x1b[31mred\x1b[0m.png",
    "\U0001f600\u202egnp.png".encode(),
    b"caf\xe9.png",
    b"[brackets]*.png",
    b"-dash.png",
    b"a.png.png",
    b"l" * 240 + b".png",
    b"m" * 251 + b".png",
    b"aux.png",
)
CPU = ("--device", "cpu", "--precision", "fp32")


@pytest.fixture
def named(plain: Path) -> Path:
    pictures(plain / "one", 1)
    content = (plain / "one" / "00000.png").read_bytes()
    (plain / "in").mkdir()
    for name in NAMES:
        (Path(os.fsdecode(bytes(plain / "in") + b"/" + name))).write_bytes(content)
    return plain


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse some of the names")


def test_results_beside_odd_names(run: Run, named: Path) -> None:
    before = {path: path.read_bytes() for path in (named / "in").iterdir()}
    answer = run("enhance", "plain", "in", *CPU)
    assert answer.code == 1
    (trouble,) = answer.err.splitlines()
    assert "257 bytes" in trouble or "255 are possible" in trouble
    assert "--suffix" in trouble
    lines = answer.out.splitlines()
    assert len(lines) == 1 + len(NAMES) - 1 + 1
    assert lines[-1] == f"{len(NAMES) - 1} done, 1 failed"
    assert not any(character in answer.out for character in "\x1b\u202e")
    made = {path.name for path in (named / "in").iterdir()} - {path.name for path in before}
    assert len(made) == len(NAMES) - 1
    assert all(path.read_bytes() == content for path, content in before.items())


def test_results_in_a_folder_keep_odd_names(run: Run, named: Path) -> None:
    assert run("enhance", "plain", "in", "-o", "out", *CPU).code == 0
    assert sorted(os.fsencode(path.name) for path in Path("out").iterdir()) == sorted(NAMES)
    again = run("enhance", "plain", "in", "-o", "out", "--json", *CPU)
    assert again.code == 0
    records = [json.loads(line) for line in again.out.splitlines()]
    assert [record["status"] for record in records] == ["skipped"] * len(NAMES)


def test_a_report_of_odd_names(run: Run, named: Path) -> None:
    assert run("enhance", "plain", "in", "-o", "out", "--report", "page.html", *CPU).code == 0
    assert b"caf" in (named / "page.html").read_bytes()


def test_what_is_no_file_is_named(run: Run, plain: Path) -> None:
    pictures(plain, 1)
    os.mkfifo("pipe.png")
    Path("circle.png").symlink_to("circle.png")
    Path("nowhere.png").symlink_to("gone.png")
    Path("folder.png").mkdir()
    answer = run("enhance", "plain", ".", "x" * 300 + ".png", "-o", "out", *CPU)
    assert answer.code == 1
    assert len(answer.err.splitlines()) == 4
    for words in ("pipe.png is no regular file", "circle.png", "nowhere.png does not exist", "xxx.png does"):
        assert words in answer.err
    assert answer.out.splitlines()[-1] == "1 done, 4 failed"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["plain", "00000.png", "--report", "x" * 300 + ".html"], 2, "255 are possible"),
        (["plain", "00000.png", "--weights", "x" * 300 + ".safetensors"], 2, "need 0 weights"),
        (["denoise", "00000.png", "--backend", "x" * 300 + ".onnx"], 1, "there is no weight file"),
        (["superres", "00000.png", "--weights", "x" * 300 + ".safetensors"], 1, "there is no weight file"),
        (["inpaint", "00000.png", "--mask", "x" * 300 + ".png"], 1, "does not exist"),
        (["style-transfer", "00000.png", "--style", "x" * 300], 2, "there is no style"),
        (["style-transfer", "00000.png", "--style", "x" * 300 + ".png"], 2, "does not exist"),
    ],
)
def test_names_that_are_too_long_are_a_line(
    run: Run, plain: Path, words: list[str], code: int, said: str
) -> None:
    pictures(plain, 1)
    answer = run("enhance", *words, "--device", "cpu")
    assert answer.code == code
    assert said in answer.err.splitlines()[-1]
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("evaluate denoise --data LONG", 2, "is not a folder"),
        (
            "evaluate style-transfer --data . --style wave --painting 00000.png --backbone LONG",
            1,
            "is missing",
        ),
        ("train superres --data . --steps 1 --config LONG.toml", 2, "cannot read"),
        ("train superres --steps 1 --data LONG", 2, "does not exist"),
        ("train generate --steps 1 --data LONG", 2, "does not exist"),
        ("runs list LONG", 1, "there is no folder"),
        ("data check LONG --task superres", 2, "does not exist"),
        ("sample generate -n 1 --grid LONG.png", 1, "its name is too long"),
        ("sample generate --project LONG.png", 2, "there is no picture"),
        ("doctor --report LONG", 1, "its name is too long"),
        ("weights verify --metrics LONG", 2, "is no folder"),
    ],
)
def test_names_that_are_too_long_are_a_line_of_every_command(
    run: Run, plain: Path, line: str, code: int, said: str
) -> None:
    pictures(plain, 1, side=64)
    answer = run(*(word.replace("LONG", "x" * 300) for word in line.split()))
    assert answer.code == code
    assert said in answer.err.splitlines()[-1]


def test_names_that_stdout_cannot_encode(monkeypatch: pytest.MonkeyPatch) -> None:
    from gantool.cli.printable import survive_odd_names

    strict = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="strict")
    monkeypatch.setattr(sys, "stdout", strict)
    survive_odd_names()
    print("caf\udce9 \U0001f600")
    strict.flush()
    assert strict.buffer.getvalue() == b"caf\\udce9 \\U0001f600\n"  # type: ignore[attr-defined]


def test_the_guard_against_bombs_is_raised_on_purpose_alone(run: Run, plain: Path) -> None:
    pictures(plain, 1, side=40)
    refused = run("enhance", "plain", "00000.png", "--max-pixels", "1599", *CPU)
    assert refused.code == 1
    assert (
        "40 x 40 pixels, above the limit of 1,599; reduce it, or if you trust the file, "
        "give `enhance` --max-pixels 1600" in refused.err
    )
    assert "limit" not in run("enhance", "plain", "00000.png", "--max-pixels", "1600", *CPU).err
    raised = run("enhance", "plain", "00000.png", "--max-pixels", "300000000", "--overwrite", *CPU)
    assert "note: --max-pixels 300,000,000" in raised.err
