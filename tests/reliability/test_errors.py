"""Every kind of failure has a number, a meaning, a remedy and a way to it that is tried here."""

from __future__ import annotations

import errno
import os
import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from gantool import plugins
from gantool.atomic import write_atomic
from gantool.errors import Code, GantoolError, ImageError, PluginError, TrainError, UsageError, WeightError
from gantool.images import decode
from gantool.inference.device import choose_device
from gantool.inference.manifest import Manifest
from gantool.inference.memory import is_lost_device
from gantool.inference.pipeline import _lost
from gantool.inference.plan import Job
from gantool.inference.saving import Saving
from gantool.train.folder import read_run
from gantool.weights import files
from gantool.weights.exchange import foreign_tensors
from tests.distributions import install
from tests.reliability.seeds import noise, saved
from tests.reliability.weight_mutants import Canary

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def test_the_page_says_what_the_code_says() -> None:
    rows = [f"| {kind.number} | {kind.meaning} | {kind.remedy} |" for kind in Code]
    said = [line for line in PAGE.read_text().splitlines() if re.match(r"\| GT\d", line)]
    assert said == rows


def test_numbers_are_unique_and_nothing_is_empty() -> None:
    assert len({kind.number for kind in Code}) == len(Code)
    assert all(re.fullmatch(r"GT\d{3}", kind.number) and kind.meaning and kind.remedy for kind in Code)


def kinds(base: type[GantoolError]) -> list[type[GantoolError]]:
    return [base, *(deeper for child in base.__subclasses__() for deeper in kinds(child))]


@pytest.mark.parametrize("error", [kind for kind in kinds(GantoolError) if kind is not GantoolError])
def test_every_error_has_a_number_and_a_remedy(error: type[GantoolError]) -> None:
    failure = error("something is wrong")
    assert failure.code == error.kind.number
    assert str(failure) == f"something is wrong; {error.kind.remedy}"
    assert str(error("a\nb", "do  c")) == "a b; do c"


def test_the_exit_code_is_that_of_the_number_whatever_the_class() -> None:
    assert {code: UsageError("x", kind=code).exit_code for code in Code} == {
        code: 2 if code is Code.USAGE else 1 for code in Code
    }


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "GT701"), (errno.EACCES, "GT702"), (errno.EROFS, "GT702")]
)
def test_folders_and_manifests_that_cannot_be_written_have_their_number(
    number: int, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*words: object, **more: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "mkdir", failing)
    picture = decode(saved(noise(8, 8), "PNG"), max_pixels=64)
    with pytest.raises(ImageError) as folder:
        Saving(92, strip_metadata=False).save(Job(tmp_path / "a.png", tmp_path / "out" / "a.png"), picture)
    manifest = Manifest(tmp_path / "done.jsonl", "made by")
    monkeypatch.setattr(Path, "open", failing)
    with pytest.raises(ImageError) as begun:
        manifest.begin(())
    assert (folder.value.code, begun.value.code) == (code, code)


def _usage(folder: Path) -> object:
    return plugins.load("no-task-is-called-so")


def _plugin(folder: Path) -> object:
    install(folder, "gantool-colorize", "broken-one", "raise OSError", module="broken_one_plugin")
    return plugins.load("broken-one")


def _picture(content: bytes | None, limit: int = 1000) -> Callable[[Path], object]:
    def opened(folder: Path) -> object:
        if content is not None:
            (folder / "a.png").write_bytes(content)
        return decode(folder / "a.png", max_pixels=limit)

    return opened


def _deep_float(folder: Path) -> object:
    import numpy as np
    import tifffile

    tifffile.imwrite(folder / "a.tif", np.full((2, 2), 7.0, np.float32))
    return decode(folder / "a.tif", max_pixels=9)


def _weight(content: bytes) -> Callable[[Path], object]:
    def opened(folder: Path) -> object:
        (folder / "a.safetensors").write_bytes(content)
        return files.load(folder / "a.safetensors", task=None)

    return opened


def _bomb(folder: Path) -> object:
    torch.save({"a": Canary(folder / "executed")}, folder / "a.pth")
    return foreign_tensors(folder / "a.pth")


def _written(number: int) -> Callable[[Path], object]:
    def opened(folder: Path) -> object:
        with pytest.MonkeyPatch.context() as patch:

            def failing(descriptor: int) -> None:
                raise OSError(number, os.strerror(number))

            patch.setattr(os, "fsync", failing)
            return write_atomic(folder / "a", b"content", error=TrainError)

    return opened


def _lost_device(folder: Path) -> object:
    failure = RuntimeError("CUDA error: unspecified launch failure")
    assert is_lost_device(failure)
    raise _lost(Job(folder, folder), failure)


def _no_memory(folder: Path) -> object:
    from gantool.images.source import Source

    with Source.of(folder / "a.png").guarded():
        raise MemoryError


WHOLE = saved(noise(20, 20), "PNG")
EMPTY = struct.pack("<Q", 2) + b"{}"
WAYS: dict[Code, Callable[[Path], object]] = {
    Code.USAGE: _usage,
    Code.PLUGIN: _plugin,
    Code.IMAGE: _deep_float,
    Code.IMAGE_DAMAGED: _picture(WHOLE[:60]),
    Code.IMAGE_TOO_LARGE: _picture(WHOLE, limit=399),
    Code.IMAGE_UNKNOWN: _picture(b"some text"),
    Code.IMAGE_MISSING: _picture(None),
    Code.WEIGHT: _weight(EMPTY),
    Code.WEIGHT_DAMAGED: _weight(b"short"),
    Code.WEIGHT_REFUSED: _bomb,
    Code.TRAIN: lambda folder: read_run(folder),
    Code.DEVICE: lambda folder: choose_device("cuda:99"),
    Code.DEVICE_LOST: _lost_device,
    Code.MEMORY: _no_memory,
    Code.DISK_FULL: _written(errno.ENOSPC),
    Code.UNWRITABLE: _written(errno.EROFS),
}


@pytest.mark.parametrize("kind", list(Code), ids=lambda kind: kind.number)
def test_every_number_is_met(kind: Code, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(GantoolError) as caught:
        WAYS[kind](tmp_path)
    assert caught.value.kind is kind, str(caught.value)
    assert "\n" not in str(caught.value)
    assert "; " in str(caught.value)
    assert not (tmp_path / "executed").exists()


def test_families_are_told_by_their_class() -> None:
    assert isinstance(ImageError("a", kind=Code.DISK_FULL), ImageError)
    assert (WeightError("a").code, PluginError("a").code) == ("GT400", "GT200")
