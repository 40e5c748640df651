"""Damaged and hostile pictures through every installed task that enhances: no crash, hang or partial output.

    python benchmarks/hostile_images.py --count 1000 --seed 9

Chunks of files go through `gantool enhance` in processes of their own (forked: POSIX alone), with limits of
memory and time. The seed and a number bring a file back: `--seed 9 --only 123 --keep FOLDER`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import torch
from machine import stamp
from tables import markdown

import gantool.inference.runner  # noqa: F401 - imported before the fork, once for all chunks
from gantool import plugins
from gantool.cli import main as gantool_main
from gantool.errors import ImageError
from gantool.images import decode
from gantool.task import AnyTask
from tests.reliability.mutants import mutant
from tests.reliability.seeds import noise

CHUNK = 50
MAX_PIXELS = 300_000
LIMIT_BYTES = 3 * 2**30
"""Of address space beyond what the process has when it is forked."""
SECONDS = 900
"""Of processor time for a chunk."""
MORE = {
    "superres": ("--scale", "2", "--kind", "fidelity"),
    "style-transfer": ("--style", "mosaic"),
    "inpaint": ("--box", "0,0,5,5"),
}
"""What a task needs beside pictures, and what is quick."""


@dataclass
class Tally:
    """What became of a task's files."""

    statuses: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    peak: int = 0
    seconds: float = 0.0


def run_chunk(task: AnyTask, numbers: Sequence[int], seed: int, tally: Tally) -> None:
    with tempfile.TemporaryDirectory(prefix="gantool-hostile-") as name:
        work = Path(name)
        (work / "in").mkdir()
        before = {}
        for number in numbers:
            one = mutant(seed, number)
            (work / "in" / one.name).write_bytes(one.content)
            before[one.name] = hashlib.sha256(one.content).digest()
        code, used = forked(work, arguments(task, work))
        tally.peak = max(tally.peak, used.ru_maxrss * 1024)
        tally.seconds += used.ru_utime + used.ru_stime
        found = troubles(work, before, code)
        tally.statuses.update(statuses(work))
        tally.troubles += [f"{task.name} {numbers[0]}..{numbers[-1]}: {line}" for line in found]


def arguments(task: AnyTask, work: Path) -> list[str]:
    """Return the command line; an extra that the task needs is a sound picture."""
    assert task.enhance is not None
    more = list(MORE.get(task.name, ()))
    for extra in task.enhance.extras:
        if extra.required and task.name not in MORE:
            noise(40, 32, "L" if extra.grey else "RGB").save(work / f"{extra.name}.png")
            more += [f"--{extra.name}", str(work / f"{extra.name}.png")]
    fixed = ["--device", "cpu", "--json", "--max-pixels", str(MAX_PIXELS)]
    return ["enhance", task.name, str(work / "in"), "-o", str(work / "out"), *fixed, *more]


def forked(work: Path, command: Sequence[str]) -> tuple[int, resource.struct_rusage]:
    """Run a command line in a fork; return its exit code, negative for a signal, and what it used."""
    child = os.fork()
    if child:
        _, status, used = os.wait4(child, 0)
        return os.waitstatus_to_exitcode(status), used
    code = 99
    try:
        now = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (now + LIMIT_BYTES, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, resource.RLIM_INFINITY))
        out, err = (work / "stdout").open("w", buffering=1), (work / "stderr").open("w", buffering=1)
        with redirect_stdout(out), redirect_stderr(err):
            try:
                gantool_main(list(command))
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 98
            except BaseException:
                traceback.print_exc()
    finally:
        os._exit(code)


def statuses(work: Path) -> Counter[str]:
    lines = (work / "stdout").read_text().splitlines()
    return Counter(json.loads(line)["status"] for line in lines)


def troubles(work: Path, before: dict[str, bytes], code: int) -> list[str]:
    """Return all that is not as it has to be."""
    records = [json.loads(line) for line in (work / "stdout").read_text().splitlines()]
    said = (work / "stderr").read_text().splitlines()
    failed = [record for record in records if record["status"] == "failed"]
    found = [] if code == (1 if failed else 0) else [f"exit code {code}: {said[-1] if said else ''}"]
    if len(records) != len(before):
        found.append(f"{len(records)} records of {len(before)} files")
    if sum(line.startswith("failed: ") for line in said) != len(failed):
        found.append("not one line for each failure")
    after = {path.name: hashlib.sha256(path.read_bytes()).digest() for path in (work / "in").iterdir()}
    if after != before:
        found.append("inputs have changed")
    made = {str(path) for path in (work / "out").glob("*")} | {
        str(path) for path in (work / "out").glob(".*")
    }
    wanted = {record["target"] for record in records if record["status"] == "done"}
    if made != wanted:
        found.append(f"files that should not be, or are not: {sorted(made ^ wanted)[:3]}")
    for target in made & wanted:
        try:
            decode(Path(target), max_pixels=MAX_PIXELS * 64)
        except ImageError as error:
            found.append(f"a result cannot be read: {error}")
    return found


def tasks(wanted: Sequence[str]) -> list[AnyTask]:
    """Return the installed tasks that enhance, or those wanted."""
    found = [report.task for report in plugins.survey() if report.task and report.task.enhance]
    return [task for task in found if not wanted or task.name in wanted]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--tasks", nargs="*", default=())
    parser.add_argument("--only", type=int, nargs="*", help="numbers of single files")
    parser.add_argument("--keep", type=Path, help="write the files of --only there, and run nothing")
    given = parser.parse_args()
    numbers = given.only or range(given.count)
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
        for one in (mutant(given.seed, number) for number in numbers):
            (given.keep / one.name).write_bytes(one.content)
            print(one.name, one.how)
        return
    torch.set_num_threads(1)
    rows, bad = [], []
    for task in tasks(given.tasks):
        tally = Tally()
        for at in range(0, len(numbers), CHUNK):
            run_chunk(task, numbers[at : at + CHUNK], given.seed, tally)
        bad += tally.troubles
        counts = [str(tally.statuses[name]) for name in ("done", "failed")]
        peak, each = f"{tally.peak / 2**20:.0f}", f"{1000 * tally.seconds / len(numbers):.0f}"
        rows.append([task.name, str(len(numbers)), *counts, str(len(tally.troubles)), peak, each])
        print(rows[-1], file=sys.stderr, flush=True)
    print(stamp(f"benchmarks/hostile_images.py --count {len(numbers)} --seed {given.seed}"))
    heads = [
        "task",
        "files",
        "enhanced",
        "refused in a line",
        "troubles",
        "peak memory, MiB",
        "ms of CPU each",
    ]
    print(markdown(heads, rows))
    print(*bad, sep="\n")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
