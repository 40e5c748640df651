from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from gantool.train.events import Event, EventKind, append_event
from gantool.train.record.figures import Figures
from gantool.train.record.record import read_record
from gantool.train.record.standing import Best, Saved, State, find_best, read_saved, state_of

from .runs import make_run, write_checkpoint

VAL = Figures([10, 20, 30, 40], {"psnr": [27.0, 28.0, 27.5, 29.0], "fid": [30.0, 20.0, 25.0, 22.0]})


@pytest.mark.parametrize(
    ("saved", "best"),
    [
        (Saved(30, 1.0, 28.0), Best("psnr", 29.0, 40, True)),  # a later validation, not saved yet, counts too
        (Saved(30, 1.0, 20.0), Best("fid", 20.0, 20, False)),
        (Saved(10, 1.0, 30.0), Best("fid", 30.0, 10, None)),
        (Saved(30, 1.0, 3.0), None),
        (Saved(30, 1.0, None), None),
        (None, None),
    ],
)
def test_which_figure_is_best_by_is_told_by_its_value(saved: Saved | None, best: Best | None) -> None:
    assert find_best(VAL, saved) == best


def test_the_newest_whole_checkpoint_is_read(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    write_checkpoint(run, {"step": 200, "elapsed": 40.0, "best": None})
    assert read_saved(run) == Saved(200, 40.0, None)
    torn = write_checkpoint(run, {"step": 300, "elapsed": 60.0, "best": None})
    torn.write_bytes(torn.read_bytes()[:50])
    assert read_saved(run) == Saved(200, 40.0, None)


def test_no_checkpoint_is_none(tmp_path: Path) -> None:
    assert read_saved(tmp_path) is None


def test_the_state_by_what_was_written_when(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    assert state_of(run, 0.0) is State.RUNNING
    before = time.time() - 3600
    for path in (*run.iterdir(),):
        os.utime(path, (before, before))
    assert state_of(run, 0.0) is State.STOPPED
    assert state_of(run, 1800.0) is State.RUNNING  # a window takes half an hour
    (run / "best.safetensors").touch()
    assert state_of(run, 0.0) is State.STOPPED
    (run / "blur.safetensors").touch()
    assert state_of(run, 0.0) is State.FINISHED


def test_a_run_that_says_it_stopped_has(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    append_event(run, Event(100, EventKind.STOPPED, "interrupted"))
    assert read_record(run).state is State.STOPPED
    append_event(run, Event(100, EventKind.RESUMED, ""))
    assert read_record(run).state is State.RUNNING
