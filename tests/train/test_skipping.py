"""Unreadable pictures: skipped in a way that resumes, counted, named, and too many of them stop the run."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from gantool.errors import TrainError
from gantool.train.data.skipped import kind_of
from gantool.train.events import EventKind
from gantool.train.layout import Pair
from gantool.train.pair_pool import PairPool
from gantool.train.pool import CropPool
from tests.train.pictures import truncate, write, write_many

CPU = torch.device("cpu")
ALL, LITTLE = 1 << 30, 12_000
"""Memory for everything, and for two or three pictures."""


def batch(pool: CropPool, step: int, count: int = 24) -> Tensor:
    return pool.cut(pool.draw(count, torch.Generator().manual_seed(step)))


def with_one_cut_short(folder: Path) -> list[Path]:
    """Return 20 pictures of which the header of number 7 is whole and the rest is not."""
    files = write_many(folder, 20)
    truncate(files[7])
    return files


@pytest.mark.parametrize("memory", [ALL, LITTLE])
def test_a_truncated_picture_is_skipped_counted_and_named_once(tmp_path: Path, memory: int) -> None:
    files = with_one_cut_short(tmp_path)
    pool = CropPool(files, 32, memory, CPU)
    assert all(batch(pool, step).shape == (24, 3, 32, 32) for step in range(4))
    (note,) = pool.take_notes()
    assert "1 of 20" in note
    assert str(files[7]) in note
    assert pool.take_notes() == ()
    assert pool.skipped.names == (str(files[7]),)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_note_of_a_name_that_is_not_utf_8_can_be_written(tmp_path: Path) -> None:
    files = with_one_cut_short(tmp_path)
    files[7] = files[7].rename(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png"))
    (note,) = CropPool(files, 32, ALL, CPU).take_notes()
    assert rb"caf\udce9.png" in note.encode()


def test_what_a_step_sees_does_not_depend_on_when_damage_is_found(tmp_path: Path) -> None:
    files = with_one_cut_short(tmp_path)
    run, resumed, held = (CropPool(files, 32, memory, CPU) for memory in (LITTLE, LITTLE, ALL))
    seen = [batch(run, step) for step in range(6)]
    assert run.skipped.names
    for step in (5, 4):
        assert torch.equal(batch(resumed, step), seen[step])
        assert torch.equal(batch(held, step), seen[step])


def test_the_place_of_a_skipped_picture_is_taken_by_different_crops(tmp_path: Path) -> None:
    files = with_one_cut_short(tmp_path)
    pool = CropPool(files, 32, ALL, CPU)
    crops = [crop for crop in pool.draw(2000, torch.Generator().manual_seed(1)) if crop.index == 7]
    patches = pool.cut(crops)
    assert len(crops) > 50
    assert len({patch.numpy().tobytes() for patch in patches}) > len(crops) // 2


def test_a_readable_picture_is_left_where_it_was_drawn(tmp_path: Path) -> None:
    files = with_one_cut_short(tmp_path / "damaged")
    whole = write_many(tmp_path / "whole", 20)
    damaged, intact = CropPool(files, 32, ALL, CPU), CropPool(whole, 32, ALL, CPU)
    plan = intact.draw(200, torch.Generator().manual_seed(3))
    assert plan == damaged.draw(200, torch.Generator().manual_seed(3))
    kept = [number for number, crop in enumerate(plan) if crop.index != 7]
    assert 0 < len(kept) < 200
    assert torch.equal(damaged.cut(plan)[kept], intact.cut(plan)[kept])


def test_a_file_that_vanishes_or_changes_mid_run_is_skipped(tmp_path: Path) -> None:
    files = write_many(tmp_path, 40)
    pool = CropPool(files, 32, 1, CPU)
    files[3].unlink()
    write(files[4], 4, 64, 64)
    for step in range(8):
        batch(pool, step)
    notes = " ".join(pool.take_notes())
    assert f"{files[3]} does not exist" in notes
    assert f"{files[4]} has changed its size" in notes


def run_twenty_steps(files: list[Path], memory: int) -> None:
    pool = CropPool(files, 32, memory, CPU)
    for step in range(20):
        batch(pool, step)


@pytest.mark.parametrize("memory", [ALL, LITTLE])
def test_more_than_five_per_cent_stop_the_run_and_name_the_first(tmp_path: Path, memory: int) -> None:
    files = write_many(tmp_path, 20)
    for path in files[7:9]:
        truncate(path)
    with pytest.raises(TrainError, match=rf"2 of 20 .* 5%.*{tmp_path}/000[78]\.png.*gantool data check"):
        run_twenty_steps(files, memory)


def test_what_is_no_picture_at_all_counts_from_the_start(tmp_path: Path) -> None:
    files = write_many(tmp_path, 20)
    files[2].write_text("not a picture")
    pool = CropPool(files, 32, ALL, CPU)
    assert pool.skipped.names == (str(files[2]),)
    assert len(pool.files) == 19
    files[3].write_text("nor this")
    with pytest.raises(TrainError, match="2 of 20"):
        CropPool(files, 32, ALL, CPU)


def test_a_set_whose_large_pictures_are_all_unreadable_ends_with_a_line(tmp_path: Path) -> None:
    files = write_many(tmp_path, 40)
    large = write(tmp_path / "large.png", 99, 100, 100)
    truncate(large)
    pool = CropPool([*files, large], 64, ALL, CPU)
    with pytest.raises(TrainError, match="large enough"):
        batch(pool, 0)


def pairs_in(folder: Path, count: int, scale: int) -> list[Pair]:
    """Return pairs whose input repeats in each pixel what the target has there in `scale` x `scale`."""
    from PIL import Image

    from tests.train.pictures import noise

    found = []
    for seed in range(count):
        small = noise(seed, 24, 30)
        large = small.resize((24 * scale, 30 * scale), Image.Resampling.NEAREST)
        sides = [folder / side / f"{seed}.png" for side in ("input", "target")]
        for path, picture in zip(sides, (small, large), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            picture.save(path)
        found.append(Pair(*sides))
    return found


@pytest.mark.parametrize("scale", [1, 2, 3])
@pytest.mark.parametrize("memory", [ALL, 1])
def test_both_sides_of_a_pair_are_cut_at_the_same_place(tmp_path: Path, scale: int, memory: int) -> None:
    pool = PairPool(pairs_in(tmp_path, 4, scale), 12, memory, CPU, scale)
    patches = pool.cut(pool.draw(32, torch.Generator().manual_seed(0)))
    assert patches.input.shape == (32, 3, 12 // scale, 12 // scale)
    enlarged = patches.input.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    assert torch.equal(enlarged, patches.target)
    assert len({patch.numpy().tobytes() for patch in patches.target}) > 28


@pytest.mark.parametrize("side", ["input", "target"])
def test_a_pair_is_skipped_where_either_side_is_unreadable(tmp_path: Path, side: str) -> None:
    pairs = pairs_in(tmp_path, 12, 2)
    bad = tmp_path / side / "5.png"
    truncate(bad)
    held, ahead = PairPool(pairs, 12, ALL, CPU, 2), PairPool(pairs, 12, 1, CPU, 2)
    for step in range(4):
        first, second = (
            pool.cut(pool.draw(16, torch.Generator().manual_seed(step))) for pool in (held, ahead)
        )
        assert torch.equal(first.target, second.target)
        assert torch.equal(first.input, second.input)
    assert held.skipped.names == ahead.skipped.names == (str(bad),)
    assert str(bad) in ahead.take_notes()[0]


def test_pairs_of_other_sizes_are_named_before_the_first_step(tmp_path: Path) -> None:
    pairs = pairs_in(tmp_path, 4, 2)
    write(tmp_path / "target" / "2.png", 2, 47, 60)
    with pytest.raises(TrainError, match=r"1 of 4 pairs .*target/2\.png \(24 x 30 and 47 x 60\)"):
        PairPool(pairs, 12, ALL, CPU, 2)


def test_of_many_small_pictures_some_are_named(tmp_path: Path) -> None:
    small = [write(tmp_path / f"{number:02d}.png", number, 20, 50) for number in range(12)]
    large = write(tmp_path / "large.png", 99, 50, 50)
    (note,) = CropPool([*small, large], 32, ALL, CPU).take_notes()
    named = ", ".join(file.name for file in small[:8])
    assert note == f"12 pictures are smaller than a crop (32 x 32) and left out: {named}, ..."


def test_what_is_too_small_is_no_damage(tmp_path: Path) -> None:
    files = with_one_cut_short(tmp_path / "damaged")
    pool = CropPool([*files, write(tmp_path / "small.png", 99, 20, 20)], 32, ALL, CPU)
    kinds = [kind_of(note) for note in pool.take_notes()]
    assert sorted(kinds) == [EventKind.LEFT_OUT, EventKind.UNREADABLE_PICTURE]
    assert len(pool.skipped.names) == 1


def test_pairs_that_are_too_small_are_left_out_or_refused(tmp_path: Path) -> None:
    pairs = pairs_in(tmp_path, 2, 1)
    write(tmp_path / "input" / "0.png", 0, 16, 16)
    write(tmp_path / "target" / "0.png", 0, 16, 16)
    assert PairPool(pairs, 20, ALL, CPU).take_notes() == (
        "1 picture is smaller than a crop (20 x 20) and left out: 0.png",
    )
    with pytest.raises(TrainError, match="none of 2 pairs"):
        PairPool(pairs, 64, ALL, CPU)
