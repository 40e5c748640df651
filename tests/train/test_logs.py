"""What a run says: rows under one header, lights for a terminal, lines for a pipe, events for later."""

from __future__ import annotations

import csv
import errno
import io
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from gantool.train import patience
from gantool.train.events import EventKind, read_events
from gantool.train.game import GAME_TERMS, Game, GameSettings
from gantool.train.health import Finding, Light, Signal, Window
from gantool.train.logs import HEALTH, LIGHTS, RunLog
from gantool.train.rows import Rows
from gantool.train.settings import Settings
from gantool.train.terms import Term
from gantool.train.watch import columns_of, row_of
from tests.train.poison import ONE, Plan, poisoned
from tests.train.toy import make_rules

WRONG = Finding(Light.yellow, Signal.discriminator, "D wins everywhere: raise --r1")
WORSE = Finding(Light.red, Signal.discriminator, "D wins everywhere: raise --r1")
RIGHT = Finding(Light.green, Signal.discriminator)


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def make_log(folder: Path, terminal: bool = False, resumed_at: int = 0) -> tuple[RunLog, io.StringIO]:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=100)
    return RunLog(folder, resumed_at, console, ("loss", "lr")), out


def test_rows_keep_one_header_whatever_a_row_lacks(tmp_path: Path) -> None:
    rows = Rows(tmp_path / "a.csv", ["loss", "r1"])
    rows.append(1, {"loss": 0.5})
    rows.append(2, {"r1": 0.25, "loss": 1.0})
    found = [{"step": "1", "loss": "0.5", "r1": ""}, {"step": "2", "loss": "1", "r1": "0.25"}]
    assert read(tmp_path / "a.csv") == found


def test_an_older_file_gets_the_new_columns_and_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("step,old\n1,7\n2,8\n3,9\n4,")  # the last row is torn
    rows = Rows(path, ["new"])
    rows.drop_after(2)
    rows.append(3, {"new": 1.0})
    empty = {"new": ""}
    last = {"step": "3", "old": "", "new": "1"}
    assert read(path) == [{"step": "1", "old": "7"} | empty, {"step": "2", "old": "8"} | empty, last]


def test_a_pipe_gets_a_line_when_a_light_changes(tmp_path: Path) -> None:
    log, out = make_log(tmp_path)
    for step, finding in enumerate((RIGHT, WRONG, WRONG, WORSE, RIGHT)):
        log.window(step, {"loss": 0.5, "lr": 0.1, HEALTH + "accuracy_real": 1.0}, [finding])
    log.close()
    lines = [line for line in out.getvalue().splitlines() if line.startswith("health")]
    assert lines == [
        "health step 1  yellow discriminator: D wins everywhere: raise --r1",
        "health step 3  red discriminator: D wins everywhere: raise --r1",
        "health step 4  green discriminator",
    ]
    assert "accuracy" not in out.getvalue()
    column = [row[LIGHTS + "discriminator"] for row in read(tmp_path / "train.csv")]
    assert column == ["0", "1", "1", "2", "0"]


def test_a_terminal_gets_lights_with_sentences(tmp_path: Path) -> None:
    log, out = make_log(tmp_path, terminal=True)
    log.window(1, {"loss": 0.5, "lr": 0.1}, [WRONG, Finding(Light.green, Signal.updates)])
    log.close()
    shown = out.getvalue()
    assert "▲ discriminator" in shown
    assert "● updates" in shown
    assert "D wins everywhere: raise --r1" in shown


def test_a_light_is_an_event_the_first_time_only(tmp_path: Path) -> None:
    log, _ = make_log(tmp_path)
    for step, finding in enumerate((WRONG, RIGHT, WRONG, WORSE, WRONG)):
        log.window(step, {"loss": 0.5, "lr": 0.1}, [finding])
    log.went_back(5, 2, "back to step 2")
    log.window(3, {"loss": 0.5, "lr": 0.1}, [WRONG])
    log.close()
    events = [(event.step, event.kind) for event in read_events(tmp_path)]
    warning = EventKind.WARNING
    assert events == [(0, warning), (3, warning), (5, EventKind.ROLLED_BACK), (3, warning)]
    assert [row["step"] for row in read(tmp_path / "train.csv")] == ["0", "1", "2", "3"]


@pytest.mark.parametrize("critic", [True, False])
def test_a_row_has_no_figure_beyond_its_columns(critic: bool) -> None:
    game = GameSettings(game=Game.relativistic, r1=1.0, r2=1.0, gradient_penalty=1.0, feature_matching=1.0)
    terms = {"l2": Term(1.0), "fft": Term(0.1, start=10**6), "l1": Term(0.0)}
    columns = columns_of(make_rules(Settings(steps=1), game, terms), critic)
    losses = dict.fromkeys(("l2", *(GAME_TERMS if critic else ())), 1.0)
    window = Window(5, losses=losses, grad_norm_g=1.0, update_ratio_g=1.0, spread_fake=1.0, spread_real=1.0)
    if critic:
        window = replace(window, logits_real=1.0, accuracy_fake=1.0, update_ratio_d=1.0)
    row = row_of(window, 1.0, 0.1, 2.0)
    assert set(row) <= set(columns)
    assert "fft" in columns
    assert "l1" not in columns
    assert (HEALTH + "accuracy_real" in columns) == critic


def test_lazy_and_late_losses_do_not_change_the_header(tmp_path: Path) -> None:
    game = GameSettings(r1=1.0, lazy=5, adversarial_start=7)
    trainer = poisoned(tmp_path, Plan(game=game), ONE, log_every=1)
    trainer.run()
    text = (tmp_path / "train.csv").read_text().splitlines()
    assert len({line.count(",") for line in text}) == 1
    rows = read(tmp_path / "train.csv")
    assert [row["step"] for row in rows if row["r1"]] == ["1", "6", "11"]
    assert [row["step"] for row in rows if row["gan"]] == ["8", "9", "10", "11", "12"]


class LostWriter:
    """TensorBoard's writer on a full disk: its thread has failed, and each call says so."""

    def __init__(self) -> None:
        self.calls = 0

    def add_scalar(self, *_: object) -> None:
        self.calls += 1
        raise OSError(errno.ENOSPC, "No space left on device")

    add_image = close = add_scalar


def test_a_full_disk_costs_the_board_and_not_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = LostWriter()
    monkeypatch.setattr("gantool.train.board.open_writer", lambda *_: writer)
    log, out = make_log(tmp_path)
    for step in (1, 2):
        log.window(step, {"loss": 0.5, "lr": 0.1}, [RIGHT])
    log.validation(2, {"mse": 0.5}, None)
    log.went_back(2, 1, "back to step 1")
    log.window(2, {"loss": 0.5, "lr": 0.1}, [RIGHT])
    log.close()
    assert writer.calls == 1
    assert out.getvalue().count("the run goes on without them") == 1
    assert [row["step"] for row in read(tmp_path / "train.csv")] == ["1", "2"]


@pytest.mark.parametrize("at", ["opening", "closing"])
def test_a_board_that_cannot_be_opened_or_closed_is_told_of(
    at: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object) -> LostWriter:
        if at == "opening":
            raise OSError(errno.ENOSPC, "No space left on device")
        return LostWriter()

    monkeypatch.setattr("gantool.train.board.open_writer", opened)
    log, out = make_log(tmp_path)
    log.close()
    assert out.getvalue().count("the run goes on without them") == 1


def test_the_boards_thread_leaves_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    others: list[object] = []
    monkeypatch.setattr("gantool.train.board.open_writer", lambda *_: LostWriter())
    before = others.append
    monkeypatch.setattr(threading, "excepthook", before)
    log, _ = make_log(tmp_path)
    for module in ("tensorboard.summary", "another"):
        thread = type("Writer", (threading.Thread,), {"__module__": module})(target=fail)
        thread.start()
        thread.join()
    assert len(others) == 1
    log.close()
    assert threading.excepthook is before


def test_a_full_disk_is_waited_for_when_a_run_is_resumed_or_goes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "train.csv").write_text("step,old\n1,7\n2,8\n3,9\n")
    failures, fsync = [errno.ENOSPC] * 2, os.fsync

    def sync(descriptor: int) -> None:
        if failures:
            raise OSError(failures.pop(), "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(patience, "PAUSE", 0.0)
    monkeypatch.setattr("gantool.atomic.os.fsync", sync)
    log, out = make_log(tmp_path, resumed_at=2)
    assert not failures
    failures.append(errno.ENOSPC)
    log.went_back(2, 1, "back to step 1")
    assert not failures
    log.window(2, {"loss": 0.5, "lr": 0.1}, [RIGHT])
    log.close()
    assert out.getvalue().count("waits for space") == 2
    assert [(row["step"], row["old"], row["loss"]) for row in read(tmp_path / "train.csv")] == [
        ("1", "7", ""),
        ("2", "", "0.5"),
    ]
