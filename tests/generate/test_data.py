from __future__ import annotations

import gzip
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gantool.errors import GantoolError, TrainError, UsageError
from gantool.train.layout import find_split, fingerprints_of
from gantool_generate import data
from gantool_generate.data import Wanted, open_images
from tests.generate.pictures import idx, stripes, write_classes, write_idx


def test_idx_files_with_labels(tmp_path: Path) -> None:
    found = open_images(write_idx(tmp_path))
    assert found.images.shape == (12, 1, 28, 28)
    assert found.images.dtype == torch.uint8
    assert np.array_equal(found.images[3, 0].numpy(), stripes(3, 28, True))
    assert found.labels is not None
    assert found.labels.tolist() == [0, 1] * 6
    assert found.class_names == ("0", "1")


def test_idx_files_without_labels_and_without_gzip(tmp_path: Path) -> None:
    path = tmp_path / "digits-idx3-ubyte"
    path.write_bytes(idx(np.zeros((9, 28, 28), np.uint8)))
    found = open_images(path)
    assert (len(found), found.labels) == (9, None)


def test_idx_labels_that_leave_numbers_out_name_no_class_for_them(tmp_path: Path) -> None:
    path = write_idx(tmp_path)
    labels = np.array([1, 26, 3] * 4, np.uint8)
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(idx(labels))
    found = open_images(path)
    assert found.class_names == ("1", "3", "26")
    assert found.labels is not None
    assert found.labels.tolist() == [0, 2, 1] * 4


def test_a_folder_that_holds_an_idx_file(tmp_path: Path) -> None:
    path = write_idx(tmp_path)
    found = open_images(tmp_path)
    assert (len(found), found.class_names) == (12, ("0", "1"))
    assert fingerprints_of(tmp_path, None) == fingerprints_of(path, None)


def test_a_folder_of_several_idx_files_names_them(tmp_path: Path) -> None:
    path = write_idx(tmp_path)
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(path.read_bytes())
    with pytest.raises(UsageError, match=r"holds 2 IDX files.*t10k-images.*, train-images"):
        open_images(tmp_path)


def test_folders_of_classes(tmp_path: Path) -> None:
    write_classes(tmp_path, 32)
    found = open_images(tmp_path)
    assert found.class_names == ("lying", "upright")
    assert found.labels is not None
    assert found.labels.tolist() == [0] * 6 + [1] * 6
    upright = found.images[6].float()
    assert upright.std(1).mean() < 1 < upright.std(2).mean()


def test_pictures_that_lie_loose_have_no_classes(tmp_path: Path) -> None:
    write_classes(tmp_path, 32)
    Image.fromarray(stripes(0, 32, True)).save(tmp_path / "loose.png")
    assert open_images(tmp_path).labels is None


def test_pictures_are_cut_coloured_and_reduced(tmp_path: Path) -> None:
    for index in range(8):
        Image.new("RGB", (70 + index, 64), (0, 200, 0)).save(tmp_path / f"{index}.png")
    found = open_images(tmp_path, Wanted(side=32, channels=1, crop=True))
    assert found.images.shape == (8, 1, 32, 32)
    assert found.images.unique().tolist() == [117]  # luma of (0, 200, 0)


def _oblong_photos(folder: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    for index in range(count):
        pixels = rng.integers(0, 256, (240 + 7 * index % 60, 260 - 5 * index % 40, 3), np.uint8)
        Image.fromarray(pixels if index % 3 else pixels[..., 0]).save(folder / f"{index:02}.png")


@pytest.mark.parametrize("side", [0, 64])
def test_pictures_are_the_middle_squares_reduced_by_area(tmp_path: Path, side: int) -> None:
    _oblong_photos(tmp_path, 9)
    found = open_images(tmp_path, Wanted(side, channels=3, crop=True)).images
    for made, path in zip(found, sorted(tmp_path.iterdir()), strict=True):
        with Image.open(path) as picture:
            shorter = min(picture.size)
            x, y = (picture.width - shorter) // 2, (picture.height - shorter) // 2
            square = picture.convert("RGB").crop((x, y, x + shorter, y + shorter))
        small = square.resize((found.shape[2],) * 2, Image.Resampling.BOX)
        assert np.array_equal(made.permute(1, 2, 0).numpy(), np.asarray(small))


class Alive:
    """How many arrays that were watched are alive, and the most there were at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = self.most = 0

    def watch(self, array: data.Pixels) -> data.Pixels:
        """Return a copy, which all views of it keep alive."""
        own = array.copy()
        self._count(1)
        weakref.finalize(own, self._count, -1)
        return own

    def _count(self, more: int) -> None:
        with self._lock:
            self._now += more
            self.most = max(self.most, self._now)


def _panoramas(folder: Path, count: int) -> None:
    for index in range(count):
        Image.new("RGB", (300 + index, 64)).save(folder / f"{index:02}.png")


@pytest.mark.parametrize("side", [0, 64])
@pytest.mark.parametrize("paint", [_oblong_photos, _panoramas], ids=["reduced", "only cut"])
def test_pictures_are_not_held_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paint: Callable[[Path, int], None], side: int
) -> None:
    paint(tmp_path, 40)
    Image.new("RGB", (64, 80)).save(tmp_path / "small.png")
    alive, read = Alive(), data._read
    monkeypatch.setattr(data, "ThreadPoolExecutor", lambda: ThreadPoolExecutor(2))
    monkeypatch.setattr(data, "_read", lambda file: alive.watch(read(file)))
    found = open_images(tmp_path, Wanted(side, channels=3, crop=True))
    assert found.images.shape == (41, 3, 64, 64)
    assert 0 < alive.most <= 2  # one for each thread


def test_the_largest_of_the_sides_that_all_pictures_have(tmp_path: Path) -> None:
    _oblong_photos(tmp_path, 8)
    sides = (28, 32, 128, 256)
    assert open_images(tmp_path, Wanted(channels=3, crop=True, sides=sides)).images.shape[2:] == (128, 128)
    Image.new("RGB", (30, 80)).save(tmp_path / "small.png")
    assert open_images(tmp_path, Wanted(channels=3, crop=True, sides=sides)).images.shape[2:] == (28, 28)
    assert open_images(tmp_path, Wanted(channels=3, crop=True, sides=(64,))).images.shape[2:] == (30, 30)


def test_pictures_beyond_memory_are_refused_before_they_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(8):
        Image.new("L", (64, 64)).save(tmp_path / f"{index}.png")
    assert len(open_images(tmp_path, Wanted(memory=8 * 64 * 64))) == 8
    monkeypatch.setattr(data, "_read", None)
    with pytest.raises(TrainError, match=r"0 MiB at 64 pixels a side.*--memory"):
        open_images(tmp_path, Wanted(memory=8 * 64 * 64 - 1))
    with pytest.raises(TrainError, match=r"--memory"):
        open_images(tmp_path, Wanted(channels=3, memory=8 * 64 * 64))


def _three(folder: Path) -> None:
    for index in range(3):
        Image.new("L", (32, 32)).save(folder / f"{index}.png")


def _mixed_sizes(folder: Path) -> None:
    for index in range(9):
        Image.new("L", (32 + index, 32 + index)).save(folder / f"{index}.png")


def _mixed_modes(folder: Path) -> None:
    for index in range(9):
        Image.new("L" if index else "RGB", (32, 32)).save(folder / f"{index}.png")


def _oblong(folder: Path) -> None:
    for index in range(9):
        Image.new("L", (32, 40)).save(folder / f"{index}.png")


@pytest.mark.parametrize(
    ("paint", "says"),
    [
        (_three, "3 pictures, too few"),
        (_mixed_sizes, "mixed sizes.*--crop"),
        (_mixed_modes, "mixed modes.*--channels"),
        (_oblong, "no square.*--crop"),
    ],
)
def test_folders_that_do_not_do(tmp_path: Path, paint: object, says: str) -> None:
    assert callable(paint)
    paint(tmp_path)
    with pytest.raises(TrainError, match=says):
        open_images(tmp_path)


def test_pictures_that_are_too_small(tmp_path: Path) -> None:
    write_classes(tmp_path, 32)
    with pytest.raises(TrainError, match="32 pixels a side, less than 64"):
        open_images(tmp_path, Wanted(side=64))


@pytest.mark.parametrize("keep", [3, 12, 500])
@pytest.mark.parametrize("zipped", [False, True])
def test_an_idx_file_cut_short(tmp_path: Path, keep: int, zipped: bool) -> None:
    whole = write_idx(tmp_path).read_bytes()
    path = tmp_path / "cut-idx3-ubyte.gz"
    path.write_bytes(whole[:keep] if zipped else gzip.decompress(whole)[:keep])
    with pytest.raises(TrainError, match=r"cut short|no IDX file|cannot be read"):
        open_images(path)


def test_an_idx_file_of_sizes_beyond_all_bounds(tmp_path: Path) -> None:
    path = tmp_path / "huge-idx3-ubyte"
    path.write_bytes(b"\0\0\x08\x03" + 3 * b"\x80\0\0\0" + bytes(100))
    with pytest.raises(TrainError, match=f"cut short: 100 bytes of {2**93}"):
        open_images(path)


def test_labels_of_another_set(tmp_path: Path) -> None:
    path = write_idx(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(idx(np.zeros(5, np.uint8)))
    with pytest.raises(TrainError, match="5 labels for 12 images"):
        open_images(path)


@pytest.mark.parametrize("name", ["nothing", "digits.csv"])
def test_what_is_not_there_or_no_idx_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "digits.csv").touch()
    with pytest.raises(UsageError, match=name):
        open_images(tmp_path / name)


def test_other_tasks_say_that_idx_files_are_not_for_them(tmp_path: Path) -> None:
    path = write_idx(tmp_path)
    with pytest.raises(GantoolError, match="is an IDX file"):
        find_split(path, None)
    assert fingerprints_of(path, None) == fingerprints_of(path, None)


def test_a_folder_may_be_validated_on_an_idx_file(tmp_path: Path) -> None:
    write_classes(tmp_path / "classes", 28)
    (tmp_path / "digits").mkdir()
    path = write_idx(tmp_path / "digits")
    found = {fingerprints_of(tmp_path / "classes", val) for val in (path, path.parent)}
    assert len(found) == 1
    (tmp_path / "classes" / "lying" / "0.png").unlink()
    assert fingerprints_of(tmp_path / "classes", path) not in found
