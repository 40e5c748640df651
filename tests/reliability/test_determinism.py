"""The same input, weights, options and device give the same bytes; all tasks: benchmarks/determinism.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.cli.conftest import Run
from tests.reliability.plain import contents


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    smooth = Image.fromarray(np.random.default_rng(3).integers(0, 256, (8, 8, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0110] = "a camera"
    smooth.resize((72, 56)).save("photo.jpg", exif=exif, dpi=(300, 300))
    return tmp_path


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def made(run: Run, folder: str, *more: str) -> dict[str, bytes]:
    for name in ("jpeg", "png", "tiff", "webp"):
        answer = run("enhance", "superres", "photo.jpg", "-o", folder + "/", "--format", name, *more)
        assert answer.code == 0, answer.err
    return contents(Path(folder))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_byte_identical_twice(precision: str, run: Run, photo: Path) -> None:
    more = ("--scale", "2", "--kind", "fidelity", "--precision", precision, "--device", "cpu")
    first = made(run, "first", *more)
    assert len(first) == 4
    assert made(run, "second", *more) == first


def test_threads_change_nothing_in_whole_numbers_of_8_bits(run: Run, photo: Path, threads: None) -> None:
    more = ("--scale", "2", "--kind", "fidelity", "--precision", "fp32", "--device", "cpu", "--format", "png")
    found = []
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        assert run("enhance", "superres", "photo.jpg", "-o", f"{count}.png", *more).code == 0
        found.append(np.asarray(Image.open(f"{count}.png")).astype(int))
    assert all(np.abs(other - found[0]).max() <= 1 for other in found)
