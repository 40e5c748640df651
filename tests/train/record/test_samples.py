from __future__ import annotations

import os
import random
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from gantool.report.viewer import Frame
from gantool.train.record import samples
from gantool.train.record.samples import FRAMES, LONGEST, REDUCED_BYTES, sample_frames, sample_pictures

from .runs import write_sample


def frames_of(folder: Path) -> tuple[Frame, ...]:
    return sample_frames(sample_pictures(folder, until=10**6))


@pytest.mark.parametrize("count", [1, 2, FRAMES, FRAMES + 1, 200, 1000])
def test_many_steps_are_thinned_and_both_ends_stay(tmp_path: Path, count: int) -> None:
    first = write_sample(tmp_path, 1)
    for step in range(2, count + 1):
        os.link(first, first.with_name(f"step-{step:08d}.png"))
    frames = frames_of(tmp_path)
    steps = [frame.step for frame in frames]
    assert len(sample_pictures(tmp_path, until=count)) == count
    assert (steps[0], steps[-1]) == (1, count)
    assert steps == sorted(set(steps))
    assert min(count, FRAMES // 2) <= len(steps) <= FRAMES
    assert {frame.kind for frame in frames[:-1]} <= {"image/jpeg"}
    assert frames[-1].content == first.read_bytes()


def test_reduced_ones_are_small_and_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = random.Random(0).randbytes(900 * 600 * 3)  # the worst there is to compress
    old = write_sample(tmp_path, 1)
    Image.frombytes("RGB", (900, 600), noise).save(old)
    write_sample(tmp_path, 2)
    frame = frames_of(tmp_path)[0]
    assert max(frame.width, frame.height) <= LONGEST
    assert len(frame.content) <= REDUCED_BYTES
    with Image.open(BytesIO(frame.content)) as picture:
        assert picture.size == (frame.width, frame.height)
    monkeypatch.setattr(samples, "_jpeg", None)  # called again, it would fail
    assert frames_of(tmp_path)[0] == frame


def test_a_picture_written_anew_is_reduced_anew(tmp_path: Path) -> None:
    old = write_sample(tmp_path, 1)
    write_sample(tmp_path, 2)
    before = frames_of(tmp_path)[0]
    Image.new("RGB", (24, 16), (255, 255, 255)).save(old)
    os.utime(old, (2e9, 2e9))
    assert frames_of(tmp_path)[0].content != before.content


def test_a_huge_newest_grid_is_compressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "WHOLE_BYTES", 20000)
    path = write_sample(tmp_path, 1)
    Image.frombytes("RGB", (300, 200), random.Random(0).randbytes(300 * 200 * 3)).save(path)
    (frame,) = frames_of(tmp_path)
    assert (frame.kind, frame.note) == ("image/jpeg", "newest, compressed")
    assert len(frame.content) <= 20000


def test_torn_and_foreign_files_are_left_out(tmp_path: Path) -> None:
    assert frames_of(tmp_path) == ()
    whole = write_sample(tmp_path, 5)
    write_sample(tmp_path, 7).write_bytes(whole.read_bytes()[:60])
    whole.with_name("step-3.png").write_bytes(b"no picture")
    whole.with_name("step-last.png").write_bytes(whole.read_bytes())
    assert [frame.step for frame in frames_of(tmp_path)] == [5]


def test_samples_of_steps_that_are_undone_are_not_shown(tmp_path: Path) -> None:
    for step in (10, 20, 30):
        write_sample(tmp_path, step)
    assert [step for step, _ in sample_pictures(tmp_path, until=20)] == [10, 20]
