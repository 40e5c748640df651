from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import BinaryIO

import pytest
from picture_fixtures import colour

from gantool.atomic import is_free, replacing, sweep
from gantool.errors import ImageError
from gantool.images import Decoded, encode


def _write(target: Path) -> None:
    encode(Decoded(colour()), target, format="png", quality=90, strip_metadata=False)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_nothing_behind(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out.png"
    target.write_bytes(b"before")

    def full(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ImageError, match=r"no space left for .*out.png"):
        _write(target)
    assert [path.name for path in tmp_path.iterdir()] == ["out.png"]
    assert target.read_bytes() == b"before"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's always full device")
def test_a_really_full_device_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gantool.atomic._created", lambda _: open("/dev/full", "w+b", buffering=0))  # noqa: PTH123, SIM115
    with pytest.raises(ImageError, match="no space left"):
        _write(tmp_path / "out.png")


def _interrupted(target: Path) -> None:
    with replacing(target, error=ImageError) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt


def test_interruption_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _interrupted(tmp_path / "out.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed there")
@pytest.mark.parametrize("held", [False, True])
def test_a_file_that_is_swept_before_it_is_held_is_made_anew(
    held: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    others: list[BinaryIO] = []

    def created(path: Path) -> BinaryIO:
        stream = path.open("x+b")
        made.append(path)
        if len(made) == 1 and held:  # Another process has locked it, and will remove it by its name.
            others.append(path.open("r+b"))
            assert is_free(others[0])
        elif len(made) == 1:
            assert sweep(tmp_path) == 1
        return stream

    monkeypatch.setattr("gantool.atomic._created", created)
    with replacing(tmp_path / "out.txt", error=ImageError) as stream:
        made[0].unlink(missing_ok=True)
        stream.write(b"whole")
    assert len(set(made)) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["out.txt"]
    assert (tmp_path / "out.txt").read_bytes() == b"whole"


def test_unwritable_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="folder does not exist"):
        _write(tmp_path / "missing" / "out.png")
    plain = tmp_path / "plain"
    plain.write_text("a file")
    with pytest.raises(ImageError, match="cannot be written"):
        _write(plain / "out.png")


def test_a_forbidden_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("gantool.atomic._created", forbidden)
    with pytest.raises(ImageError, match=r"Permission denied.*choose a folder"):
        _write(tmp_path / "out.png")


def test_a_new_file_has_ordinary_permissions(tmp_path: Path) -> None:
    _write(tmp_path / "out.png")
    (tmp_path / "plain").touch()
    assert (tmp_path / "out.png").stat().st_mode == (tmp_path / "plain").stat().st_mode
