"""Two runs at once, disks that are full or read-only, and what befalls a training run."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from gantool.train.checkpoint import list_checkpoints
from gantool.train.tree import load_tree
from gantool.weights import files
from gantool.weights.card import Card
from tests.reliability.killing import damaged, ended, forked, quiet
from tests.reliability.plain import contents, is_whole, pictures
from tests.reliability.small_disk import on_disk
from tests.train.test_step import make_trainer

CPU = ("--device", "cpu", "--precision", "fp32")
BATCH = ("enhance", "plain", "in", "-o", "out", *CPU)
CHOOSE = "choose a folder you can write to (GT702)\n"
linux = pytest.mark.skipif(sys.platform != "linux", reason="needs tmpfs")


def test_two_runs_on_one_output_folder(plain: Path) -> None:
    before = pictures(plain / "in", 60)
    same = [*BATCH, "--manifest", "done.jsonl", "--pause", "0.002"]  # Other options would make all anew.
    for process in (forked(same), forked(same)):
        process.join()
        assert process.exitcode == 0, Path("err").read_text()
    assert contents(plain / "in") == before
    assert sorted(path.name for path in Path("out").iterdir()) == sorted(before)
    assert all(is_whole(path) for path in Path("out").iterdir())
    lines = Path("done.jsonl").read_text().splitlines()
    assert len(lines) == 60  # Each was made once; what the other had made meanwhile is not noted.
    assert ended(same) == 0


@linux
def test_a_folder_that_is_read_only(plain: Path) -> None:
    before = pictures(plain / "in", 3)
    Path("out").mkdir()
    code = on_disk(lambda: quiet(BATCH), Path("out"), "64k", read_only=True)
    assert code == 1
    assert Path("listed").read_text() == ""
    said = Path("err").read_text().splitlines()
    assert "Traceback" not in "".join(said)
    assert all(
        "not writable" in line or "Read-only" in line for line in said if line.startswith(("error", "failed"))
    )
    assert all(line.endswith("(GT702)") for line in said if line.startswith(("error", "failed")))
    assert contents(plain / "in") == before


@linux
def test_a_page_for_a_folder_that_is_read_only_is_refused_before_any_work(plain: Path) -> None:
    pictures(plain / "in", 3)
    Path("pages").mkdir()
    line = [*BATCH, "--report", "pages/page.html"]
    assert on_disk(lambda: quiet(line), Path("pages"), "64k", read_only=True) == 1
    assert Path("err").read_text().endswith("error: folder pages is not writable; " + CHOOSE)
    assert not Path("out").exists()


@linux
def test_inputs_in_a_folder_that_is_read_only(plain: Path) -> None:
    pictures(plain / "in", 3)
    assert on_disk(lambda: quiet(BATCH), Path("in"), "64k", read_only=True) == 0
    assert len(list(Path("out").iterdir())) == 3


@linux
def test_a_disk_that_is_full_at_an_import(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = plain / "data" / "gantool" / "weights"
    store.mkdir(parents=True)
    (store / "kept.safetensors").write_bytes(b"what was there")
    card = Card(id="large", task="plain", architecture="none", config={}, licence="CC0-1.0")
    files.save(plain / "large.safetensors", {"gain": torch.ones(100_000)}, card)
    monkeypatch.setenv("XDG_DATA_HOME", str(plain / "data"))
    code = on_disk(lambda: quiet(["weights", "import", "large.safetensors"]), store, "64k")
    assert code == 1
    assert "no space left" in Path("err").read_text()
    assert Path("listed").read_text() == "kept.safetensors 14"


@linux
def test_a_disk_that_is_full_at_a_checkpoint(plain: Path) -> None:
    """The run waits; Ctrl-C then ends it at its last whole checkpoint."""
    run = Path("run")
    (run / "checkpoints").mkdir(parents=True)

    def work() -> None:
        trainer = make_trainer(run, steps=100, save_every=1, keep=100)
        signal.signal(signal.SIGALRM, lambda number, frame: os.kill(os.getpid(), signal.SIGINT))
        trainer.console.quiet = True
        signal.setitimer(signal.ITIMER_REAL, 1.0, 1.0)
        finished = trainer.run()
        found = list_checkpoints(run / "checkpoints")
        assert not finished
        assert 1 <= len(found) < 100
        assert all(load_tree(path) for path in found)

    assert on_disk(work, run / "checkpoints", "96k") == 0
    assert ".part" not in Path("listed").read_text()


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_of_a_training_run(times: int, plain: Path) -> None:
    Path("run").mkdir()

    def work() -> int:
        trainer = make_trainer(Path("run"), steps=10**6, save_every=1)
        inner, calls = trainer._step, iter(range(10**6))

        def step(feed: Any) -> None:
            inner(feed)
            if next(calls) == 3:
                for _ in range(times):
                    os.kill(os.getpid(), signal.SIGINT)
                    time.sleep(0.01)

        trainer._step = step  # type: ignore[method-assign]
        try:
            return 0 if trainer.run() else 130
        except KeyboardInterrupt:
            return 131

    assert work() == 129 + times
    assert damaged(Path("run")) == []
    steps = [int(path.stem[5:]) for path in list_checkpoints(Path("run/checkpoints"))]
    assert max(steps) == (4 if times == 1 else 3)
    again = make_trainer(Path("run"), steps=8)
    again.resume()
    assert again.run()


def test_a_bug_in_the_thread_that_draws_batches_ends_the_run(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, steps=8, save_every=1)
    inner, calls = trainer.recipe.batch, iter(range(100))

    def batch(*arguments: Any, **named: Any) -> Any:
        if next(calls) == 4:
            raise ZeroDivisionError("a bug")
        return inner(*arguments, **named)

    trainer.recipe.batch = batch  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        trainer.run()
    assert damaged(tmp_path) == []
    again = make_trainer(tmp_path, steps=8, save_every=1)
    again.resume()
    assert 0 < again.position.step <= 4
    assert again.run()


def test_a_clock_that_jumps_while_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jumps = iter(range(10**9, 0, -(10**5)))
    monkeypatch.setattr(time, "time", lambda: float(next(jumps)))
    monkeypatch.setattr(time, "time_ns", lambda: next(jumps) * 10**9)
    trainer = make_trainer(tmp_path)
    assert trainer.run()
    assert trainer.position.elapsed >= 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_behind_stdout_is_a_line(plain: Path) -> None:
    pictures(plain, 1)
    command = [sys.executable, "-m", "gantool", "enhance", "plain", "-", "--device", "cpu"]
    with Path("00000.png").open("rb") as source, Path("/dev/full").open("wb") as full:
        run = subprocess.run(
            command, stdin=source, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert run.returncode == 1
    assert "done" not in run.stderr
    assert "\nerror: stdout cannot be written (No space left on device); free some" in run.stderr
    assert run.stderr.endswith("(GT701)\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "words", ["--help", "plugins list", "enhance plain 00000.png", "enhance plain 00000.png --json"]
)
def test_lines_that_meet_a_full_disk_are_a_line(plain: Path, words: str, unbuffered: str) -> None:
    pictures(plain, 1)
    command = [sys.executable, "-m", "gantool", *words.split()]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with Path("/dev/full").open("wb") as full:
        run = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False, env=environment
        )
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert "error: stdout cannot be written (No space left on device); free some" in run.stderr
    assert run.stderr.endswith("(GT701)\n")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell closes them")
@pytest.mark.parametrize(
    ("closed", "words", "code", "said"),
    [
        ("2>&-", "00000.png", 0, ""),
        (">&-", "00000.png", 0, ""),
        ("<&- >&- 2>&-", "00000.png", 0, ""),
        ("<&-", "-", 1, "failed: standard input is empty"),
        (">&-", "00000.png -o -", 2, "error: the picture would go to stdout, and that is closed"),
    ],
)
def test_streams_that_are_closed(plain: Path, closed: str, words: str, code: int, said: str) -> None:
    pictures(plain, 1)
    line = f"exec {shlex.quote(sys.executable)} -m gantool enhance plain {words} {closed}"
    run = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (run.returncode, "Traceback" in run.stderr) == (code, False)
    assert said in run.stderr
    assert Path("00000_plain.png").exists() == (code == 0)
