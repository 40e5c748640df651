"""What others do at the same files meanwhile: folders that vanish, other runs, parts of killed ones."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from gantool import atomic
from gantool.errors import WeightError
from gantool.inference import engine as engine_module
from tests.cli.conftest import Run
from tests.reliability.plain import contents, is_whole, pictures

BATCH = ("enhance", "plain", "in", "-o", "out", "--device", "cpu", "--precision", "fp32")


def meanwhile(patch: pytest.MonkeyPatch, deed: Callable[[], None]) -> None:
    """Have something done just before each picture goes through the network."""
    inner = engine_module.Engine.enhance

    def enhance(*arguments: Any, **named: Any) -> Any:
        deed()
        return inner(*arguments, **named)

    patch.setattr(engine_module.Engine, "enhance", enhance)


def test_inputs_and_folders_that_vanish(run: Run, plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures(plain / "in", 4)

    def vanish() -> None:
        Path("in/00003.png").unlink(missing_ok=True)
        if Path("out").is_dir():
            Path("out").rename("elsewhere")
            Path("out").write_text("in the way")

    meanwhile(monkeypatch, vanish)
    answer = run(*BATCH)
    assert answer.code == 1
    assert "Traceback" not in answer.err
    assert "00003.png does not exist" in answer.err
    assert "out cannot be made" in answer.err


def test_what_another_run_has_made_meanwhile_is_left_alone(
    run: Run, plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures(plain / "in", 5)

    def make() -> None:
        Path("out").mkdir(exist_ok=True)
        for name in ("00000.png", "00003.png"):
            Path("out", name).write_text("of another run")

    with monkeypatch.context() as patch:
        meanwhile(patch, make)
        answer = run(*BATCH)
    assert answer.code == 0
    assert answer.out.splitlines()[-1] == "3 done, 2 skipped"
    assert answer.out.count("has appeared meanwhile") == 2
    assert Path("out/00000.png").read_text() == Path("out/00003.png").read_text() == "of another run"
    assert is_whole(Path("out/00004.png"))


def test_without_hard_links_nothing_is_replaced_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refused)
    target = tmp_path / "a.bin"
    for content in (b"first", b"second"):
        try:
            with atomic.replacing(target, error=WeightError, overwrite=False) as stream:
                stream.write(content)
        except FileExistsError:
            assert content == b"second"
    assert contents(tmp_path) == {"a.bin": b"first"}


def test_parts_of_killed_runs_are_swept_where_open_files_cannot_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows refuses to remove a file that anybody has open, the one who removes it among them."""
    left = tmp_path / ".gantool-0123456789abcdef.part"
    left.write_bytes(b"half")
    streams: list[BinaryIO] = []
    opened, removed = Path.open, Path.unlink

    def noted(path: Path, *words: Any, **more: Any) -> Any:
        streams.append(opened(path, *words, **more))
        return streams[-1]

    def refusing(path: Path, missing_ok: bool = False) -> None:
        if any(not stream.closed for stream in streams):
            raise PermissionError(errno.EACCES, "open")
        removed(path, missing_ok)

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(Path, "open", noted)
    monkeypatch.setattr(Path, "unlink", refusing)
    assert atomic.sweep(tmp_path) == 1
    assert not left.exists()


def test_parts_of_killed_runs_are_swept_and_are_swept_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    left = tmp_path / ".gantool-0123456789abcdef.part"
    left.write_bytes(b"half")
    (tmp_path / ".gantool-notes.part").write_bytes(b"somebody's own")
    with atomic.replacing(tmp_path / "a.bin", error=WeightError) as stream:
        stream.write(b"whole")
        assert atomic.sweep(tmp_path) == 1
        assert not left.exists()
    assert contents(tmp_path) == {"a.bin": b"whole", ".gantool-notes.part": b"somebody's own"}
    assert atomic.sweep(tmp_path / "nowhere") == 0
