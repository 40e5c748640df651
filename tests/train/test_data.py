from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gantool.errors import TrainError, UsageError
from gantool.train.data.skipped import Skipped, kind_of
from gantool.train.events import EventKind
from gantool.train.layout import find_split
from gantool.train.pool import CropPool
from gantool.train.reading import size_of
from gantool.train.sources import ReadAhead, Sized

CPU = torch.device("cpu")


def write_pictures(folder: Path, count: int, side: int = 40, start: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(start, start + count):
        noise = np.random.default_rng(index).integers(0, 256, (side + index, side, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{index:04d}.png")


def test_div2k_keeps_hr_lr_and_validation_apart(tmp_path: Path) -> None:
    for name in (
        "DIV2K_train_HR",
        "DIV2K_valid_HR",
        "DIV2K_train_LR_bicubic/X4",
        "DIV2K_valid_LR_bicubic/X4",
    ):
        write_pictures(tmp_path / name, 2)
    split = find_split(tmp_path, None)
    assert {path.parent.name for path in split.train} == {"DIV2K_train_HR"}
    assert {path.parent.name for path in split.val} == {"DIV2K_valid_HR"}


def test_train_beside_val(tmp_path: Path) -> None:
    write_pictures(tmp_path / "train", 3)
    write_pictures(tmp_path / "val", 1)
    split = find_split(tmp_path, None)
    assert len(split.train) == 3
    assert [path.parent.name for path in split.val] == ["val"]


def test_a_plain_folder_holds_out_a_stable_part(tmp_path: Path) -> None:
    write_pictures(tmp_path, 64)
    split = find_split(tmp_path, None)
    assert len(split.val) == 2
    assert not set(split.val) & set(split.train)
    assert split == find_split(tmp_path, None)


@pytest.mark.parametrize("make", [False, True])
def test_missing_and_empty_folders_get_their_line(tmp_path: Path, make: bool) -> None:
    folder = tmp_path / "photos"
    if make:
        folder.mkdir()
    with pytest.raises(UsageError, match="photos"):
        find_split(folder, None)


def test_reading_ahead_gives_what_memory_gives(tmp_path: Path) -> None:
    write_pictures(tmp_path, 6)
    files = sorted(tmp_path.iterdir())
    held, ahead = CropPool(files, 32, 1 << 30, CPU), CropPool(files, 32, 12_000, CPU)
    assert type(held._source) is not type(ahead._source)
    for seed in range(4):
        plan = held.draw(16, torch.Generator().manual_seed(seed))
        assert plan == ahead.draw(16, torch.Generator().manual_seed(seed))
        assert torch.equal(held.cut(plan), ahead.cut(plan))


def test_reading_ahead_holds_no_more_than_memory_has_room_for(tmp_path: Path) -> None:
    write_pictures(tmp_path, 12, side=40)
    files = [Sized(file, *size_of(file)) for file in sorted(tmp_path.iterdir())]
    memory = 4 * max(file.decoded for file in files)
    source = ReadAhead(files, memory, Skipped(len(files)))
    source.announce(range(12))
    for index in range(12):
        ready = [future.result() for future in source._coming.values()]
        assert ready
        held = [*source._kept.values(), *(picture for picture in ready if picture is not None)]
        assert sum(picture.numel() for picture in held) <= memory
        picture = source.picture(index)
        assert picture is not None
        assert torch.equal(picture, files[index].read())
    assert len(source._kept) == 4


def test_all_eight_mirrorings_occur(tmp_path: Path) -> None:
    write_pictures(tmp_path, 1, side=32)
    pool = CropPool(sorted(tmp_path.iterdir()), 32, 1 << 30, CPU)
    crops = pool.cut(pool.draw(100, torch.Generator().manual_seed(0)))
    assert len({tuple(crop.flatten().tolist()) for crop in crops}) == 8


def test_pictures_that_are_too_small_are_named_or_refused(tmp_path: Path) -> None:
    write_pictures(tmp_path, 1, side=20)
    write_pictures(tmp_path, 1, side=64, start=1)
    files = sorted(tmp_path.iterdir())
    pool = CropPool(files, 48, 1 << 30, CPU)
    (note,) = pool.take_notes()
    assert note == f"1 picture is smaller than a crop (48 x 48) and left out: {files[0].name}"
    assert kind_of(note) is EventKind.LEFT_OUT
    assert pool.take_notes() == ()
    with pytest.raises(TrainError, match="100 pixels"):
        CropPool(files, 100, 1 << 30, CPU)


def test_a_damaged_training_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_text("not a picture")
    with pytest.raises(TrainError, match=r"1 of 1 .*bad\.png"):
        CropPool([tmp_path / "bad.png"], 8, 1 << 30, CPU)
