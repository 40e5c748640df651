"""Around a batch: interrupts, full disks, lost devices, clocks; nothing is lost, nothing is silent."""

from __future__ import annotations

import ctypes
import errno
import io
import multiprocessing
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import pytest
import torch

from gantool.cli import main
from gantool.errors import WeightError
from gantool.inference import ahead, saving
from gantool.inference import engine as engine_module
from gantool.weights import files
from gantool.weights.card import Card
from tests.cli.conftest import Run
from tests.reliability.plain import contents, is_whole, pictures

CPU = ("--device", "cpu", "--precision", "fp32")
NO_MOUNT = 77
BATCH = ("enhance", "plain", "in", "-o", "out", *CPU)


def finish(run: Run, done: int, whole: int) -> None:
    """Run again: what was left is done, what was done is left alone."""
    before = {path: path.stat().st_mtime_ns for path in Path("out").iterdir() if path.suffix == ".png"}
    answer = run(*BATCH)
    assert answer.code == 0
    counts = [f"{whole - done} done"] * (whole > done) + [f"{done} skipped"] * (done > 0)
    assert answer.out.splitlines()[-1] == ", ".join(counts)
    assert all(path.stat().st_mtime_ns == then for path, then in before.items())
    assert sorted(path.name for path in Path("out").iterdir()) == [
        f"{number:05d}.png" for number in range(whole)
    ]
    assert all(is_whole(path) for path in Path("out").iterdir())


class Batch:
    """A batch in a process of its own, forked, as a fresh one takes seconds to import torch."""

    def __init__(self, *more: str) -> None:
        self.process = multiprocessing.get_context("fork").Process(target=command_line, args=(*BATCH, *more))
        self.process.start()

    def wait_for(self, results: int) -> None:
        while len(list(Path("out").glob("*.png"))) < results:
            assert self.process.is_alive()
            time.sleep(0.005)

    def end(self, with_signal: int, times: int = 1) -> int:
        """Send a signal, perhaps again while it is heeded, and return the exit code."""
        assert self.process.pid is not None
        for _ in range(times):
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, with_signal)
            time.sleep(0.01)
        self.process.join()
        assert self.process.exitcode is not None
        return self.process.exitcode


def command_line(*arguments: str) -> None:
    """Run `gantool ARGUMENTS`, stderr kept in a file."""
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # Of a background job it is ignored.
    torch.set_num_threads(1)
    with Path("err").open("w", buffering=1) as err, redirect_stdout(io.StringIO()), redirect_stderr(err):
        main(arguments)


def test_killed_a_batch_loses_nothing(run: Run, plain: Path) -> None:
    before = pictures(plain / "in", 40)
    rng = random.Random(5)
    for kill in range(2):
        batch = Batch("--pause", "0.01")
        batch.wait_for(rng.randrange(1, 12) + 15 * kill)
        assert batch.end(signal.SIGKILL) == -signal.SIGKILL
        assert contents(plain / "in") == before
        assert all(is_whole(path) for path in Path("out").glob("*.png"))
    finish(run, len(list(Path("out").glob("*.png"))), 40)
    assert contents(plain / "in") == before


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_once_and_twice(times: int, run: Run, plain: Path) -> None:
    before = pictures(plain / "in", 40)
    batch = Batch("--pause", "0.02")
    batch.wait_for(3)
    assert batch.end(signal.SIGINT, times) == 130
    assert "Traceback" not in Path("err").read_text()
    assert contents(plain / "in") == before
    assert not list(Path("out").glob(".*"))
    finish(run, len(list(Path("out").glob("*.png"))), 40)


def test_ctrl_c_before_the_work(run: Run, plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures(plain / "in", 1)

    def interrupted(*arguments: object, **named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("gantool.cli.enhance.plan_steps", interrupted)
    answer = run(*BATCH)
    assert (answer.code, answer.err) == (130, "")


def failing(
    monkeypatch: pytest.MonkeyPatch, at: int, error: Callable[[], BaseException], module: Any, name: str
) -> None:
    """Have a function fail at its call number `at` and work at all others."""
    inner, calls = getattr(module, name), iter(range(10_000))

    def faulty(*arguments: Any, **named: Any) -> Any:
        if next(calls) == at:
            raise error()
        return inner(*arguments, **named)

    monkeypatch.setattr(module, name, faulty)


def full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_fails_one_picture_and_leaves_nothing(
    run: Run,
    plain: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = pictures(plain / "in", 4)
    with monkeypatch.context() as patch:
        failing(patch, 2, full, os, "fsync")
        answer = run(*BATCH)
    assert answer.code == 1
    assert "no space left for out/" in answer.err
    assert contents(plain / "in") == before
    assert not list(Path("out").glob(".*"))
    finish(run, len(list(Path("out").iterdir())), 4)


@pytest.mark.skipif(sys.platform != "linux", reason="needs tmpfs")
def test_a_real_full_disk(plain: Path) -> None:
    before = pictures(plain / "in", 30, side=60)
    Path("out").mkdir()
    process = multiprocessing.get_context("fork").Process(target=on_a_small_disk)
    process.start()
    process.join()
    if process.exitcode == NO_MOUNT:
        pytest.skip("may not mount anything")
    err = Path("err").read_text()
    assert process.exitcode == 1
    assert "no space left for out/" in err
    assert "Traceback" not in err
    listed = Path("listed").read_text().splitlines()
    assert 0 < len(listed) < 30
    assert all(line.endswith(".png True") for line in listed)
    assert contents(plain / "in") == before


def on_a_small_disk() -> None:
    """Run the batch with a tmpfs of few pages at `out`, seen by this process alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x00020000) or libc.mount(b"none", b"/", None, 1 << 18 | 1 << 14, None):
        os._exit(NO_MOUNT)
    if libc.mount(b"tmpfs", b"out", b"tmpfs", 0, b"size=40k"):
        os._exit(NO_MOUNT)
    try:
        command_line(*BATCH)
    finally:
        found = sorted(Path("out").iterdir())
        lines = [f"{path.name} {is_whole(path, 120)}" for path in found]
        Path("listed").write_text("\n".join(lines))


def test_a_full_disk_at_import_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = Card(id="small", task="plain", architecture="none", config={}, licence="CC0-1.0")
    path = tmp_path / "small.safetensors"
    files.save(path, {"gain": torch.ones(3)}, card)
    before = contents(tmp_path)
    failing(monkeypatch, 0, full, os, "fsync")
    with pytest.raises(WeightError, match="no space left"):
        files.save(path, {"gain": torch.zeros(3)}, card)
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (lambda: RuntimeError("CUDA error: an illegal memory access was encountered"), "the device failed"),
        (lambda: RuntimeError("CUDA error: device-side assert triggered\nmore"), "--device cpu"),
    ],
)
def test_a_lost_device_ends_the_batch_in_a_line(
    error: Callable[[], RuntimeError],
    words: str,
    run: Run,
    plain: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = pictures(plain / "in", 5)
    with monkeypatch.context() as patch:
        failing(patch, 2, error, engine_module.Engine, "enhance")
        answer = run(*BATCH)
    assert answer.code == 1
    early, line = answer.err.splitlines()
    assert early == "ended early: 2 done"
    assert words in line
    assert "in/00002.png" in line
    assert contents(plain / "in") == before
    finish(run, 2, 5)


@pytest.mark.parametrize("where", ["decode", "network", "encode"])
def test_a_bug_names_its_picture_and_keeps_its_traceback(
    where: str,
    run: Run,
    plain: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pictures(plain / "in", 5)
    module: Any = {"decode": ahead.Loader, "network": engine_module.Engine, "encode": saving}[where]
    name = {"decode": "load", "network": "enhance", "encode": "encode"}[where]
    with monkeypatch.context() as patch:
        failing(patch, 2, lambda: ZeroDivisionError("a bug"), module, name)
        with pytest.raises(ZeroDivisionError) as caught:
            run(*BATCH)
    assert caught.value.__notes__ == ["while gantool was at in/00002.png"]
    done = sorted(path.name for path in Path("out").iterdir())
    assert {"00000.png", "00001.png"} <= set(done)
    assert not list(Path("out").glob(".*"))
    finish(run, len(done), 5)


def test_too_little_memory_fails_one_picture(
    run: Run,
    plain: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pictures(plain / "in", 3)
    for module, name in ((engine_module.Engine, "enhance"), (saving, "encode")):
        with monkeypatch.context() as patch:
            failing(patch, 1, MemoryError, module, name)
            answer = run(*BATCH, "--overwrite")
        assert answer.code == 1
        assert "too little memory" in answer.err
        assert answer.out.splitlines()[-1] == "2 done, 1 failed"


def test_a_clock_that_jumps(run: Run, plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures(plain / "in", 3)
    jumps = iter(range(10**9, 0, -(10**5)))
    monkeypatch.setattr(time, "time", lambda: float(next(jumps)))
    monkeypatch.setattr(time, "time_ns", lambda: next(jumps) * 10**9)
    assert run(*BATCH, "--json").code == 0
    finish(run, 3, 3)
