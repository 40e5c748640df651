from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from picture_fixtures import colour

from gantool.atomic import replacing
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
