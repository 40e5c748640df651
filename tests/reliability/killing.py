"""kill -9 at random moments, again and again until the work is done: of a batch, and of a training run.

Everything is forked, as a fresh process takes seconds to import torch, and is killed before it has begun.
"""

from __future__ import annotations

import hashlib
import io
import multiprocessing
import os
import random
import signal
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import torch

from gantool.cli import main
from gantool.errors import ImageError
from gantool.images import decode
from gantool.train.checkpoint import list_checkpoints
from gantool.train.folder import RUN_FILE, read_run
from gantool.train.tree import load_tree

PIXELS = 1_000_000


@dataclass
class Toll:
    """What became of some work that was killed; all but the first two ought to be empty."""

    kills: int = 0
    before: int = 0
    """Kills that came before anything new had been finished."""
    troubles: list[str] = field(default_factory=list)


def forked(arguments: Sequence[str]) -> multiprocessing.process.BaseProcess:
    """Run `gantool ARGUMENTS` in a fork, its stderr kept in the file `err`."""
    process = multiprocessing.get_context("fork").Process(target=quiet, args=(tuple(arguments),))
    process.start()
    return process


def quiet(arguments: Sequence[str]) -> None:
    """Run `gantool ARGUMENTS` in this process, a fork, and exit."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # Of a background job it is ignored.
    torch.set_num_threads(1)
    with Path("err").open("w", buffering=1) as err, redirect_stdout(io.StringIO()), redirect_stderr(err):
        main(arguments)


def killed(arguments: Sequence[str], seconds: float) -> bool:
    """Kill the command once it has used so much processor time; return False where it has ended by then.

    A moment in processor time is met however busy the machine is.
    """
    process = forked(arguments)
    assert process.pid is not None
    watched = psutil.Process(process.pid)
    while process.exitcode is None and _used(watched) < seconds:
        process.join(0.003)
    if process.exitcode is not None:
        return False
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    return True


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def ended(arguments: Sequence[str]) -> int:
    """Let the command end, and return its exit code."""
    process = forked(arguments)
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def processor_time(arguments: Sequence[str]) -> float:
    """Let the command end, and return the seconds of processor time that it took."""
    before = os.times()
    assert ended(arguments) == 0, Path("err").read_text()
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def digests(folder: Path) -> dict[str, bytes]:
    """Return the sha256 of every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).digest() for path in files}


def kill_batch(
    command: Sequence[str], folders: tuple[Path, Path], kills: int, seed: int, longest: float
) -> Toll:
    """Kill a batch from one folder into another so often, then let it end.

    Args:
        command: the arguments behind `gantool`.
        folders: of the inputs, and of the results.
        kills: how often; fewer where the batch is done before.
        seed: of the moments.
        longest: seconds of processor time after a start that a moment is away at the most.
    """
    inputs, results = folders
    toll, sources, rng = Toll(), digests(inputs), random.Random(seed)
    seen: dict[Path, int] = {}
    while toll.kills < kills and killed(command, rng.uniform(0, longest)):
        toll.kills += 1
        fresh = _finished(results).keys() - seen.keys()
        toll.before += not fresh
        seen |= _look(results, fresh, toll)
    code = ended(command)
    after = _finished(results)
    _look(results, after.keys() - seen.keys(), toll)
    toll.troubles += [f"{path.name} was made twice" for path, then in seen.items() if after.get(path) != then]
    toll.troubles += [f"exit code {code}"] * (code != 0)
    toll.troubles += [f"{len(sources) - len(after)} results are missing"] * (len(after) != len(sources))
    toll.troubles += [f"{path.name} was left behind" for path in results.glob(".*")]
    toll.troubles += ["inputs have changed"] * (digests(inputs) != sources)
    return toll


def _finished(results: Path) -> dict[Path, int]:
    """Return what has a final name, and when it was made."""
    return {path: path.stat().st_mtime_ns for path in results.glob("[!.]*")} if results.exists() else {}


def _look(results: Path, fresh: set[Path], toll: Toll) -> dict[Path, int]:
    for path in fresh:
        try:
            decode(path, max_pixels=PIXELS)
        except ImageError as error:
            toll.troubles.append(f"half-written: {error}")
    made = _finished(results)
    return {path: made[path] for path in fresh}


def kill_run(command: Sequence[str], folder: Path, kills: int, seed: int, longest: float) -> Toll:
    """Kill a training run so often, going on with it each time, then let it end.

    Args:
        command: the arguments behind `gantool` that begin the run.
        folder: the run folder.
        kills: how often.
        seed: of the moments.
        longest: seconds of processor time after a start that a moment is away at the most.
    """
    toll, newest, rng = Toll(), "", random.Random(seed)
    while toll.kills < kills and killed(_onward(command, folder), rng.uniform(0, longest)):
        toll.kills += 1
        now = max((path.name for path in list_checkpoints(folder / "checkpoints")), default="")
        toll.before += now == newest
        newest = now
        toll.troubles += damaged(folder)
    code = ended(_onward(command, folder))
    said = Path("err").read_text().splitlines()[-1:]
    toll.troubles += [f"exit code {code}: {said}"] * (code != 0) + damaged(folder)
    toll.troubles += [f"{path.name} was left behind" for path in folder.rglob(".*")]
    return toll


def _onward(command: Sequence[str], folder: Path) -> Sequence[str]:
    """Return what people type: `--resume` once there is a run, and the same again before."""
    return [*command[:2], "--resume", str(folder)] if (folder / RUN_FILE).exists() else command


def damaged(folder: Path) -> list[str]:
    """Return what in a run folder has its final name and is not whole."""
    checks: list[tuple[Path, Callable[[Path], object]]] = [
        (path, load_tree) for path in (*list_checkpoints(folder / "checkpoints"), *folder.glob("best.*"))
    ]
    checks += [(folder, read_run)] * (folder / RUN_FILE).exists()
    found = []
    for path, check in checks:
        try:
            check(path)
        except Exception as error:
            found.append(f"{path.name} is not whole: {error}")
    return found
