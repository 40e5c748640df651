"""Thousands of small pictures in one call, and one huge one: memory, open files, throughput, resuming.

    python benchmarks/load.py --count 20000 --svg docs/images/load.svg
    python benchmarks/load.py --only huge --megapixels 200

The command runs in a process of its own, on pictures of 16 x 16 pixels, and is watched through its --json
lines. "First" is the second hundred (the first one warms up), "last" the last ten hundreds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil
from machine import stamp
from PIL import Image
from plot import Line, svg
from tables import markdown

HUNDRED = 100
LAST = 10
MEBI = 2**20
CALL = ("superres", "--scale", "2", "--kind", "fidelity", "--device", "cpu", "--json")


@dataclass(frozen=True)
class Mark:
    """After so many pictures: seconds since the start, bytes held, files open."""

    done: int
    seconds: float
    memory: int
    files: int


def command(*more: str) -> list[str]:
    return [sys.executable, "-m", "gantool", "enhance", *more]


def watched(arguments: Sequence[str], every: int) -> tuple[list[Mark], int]:
    """Run a command, and return a mark every so many lines of its stdout, and its exit code."""
    marks, began = [], time.perf_counter()
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        inside = psutil.Process(process.pid)
        for number, _ in enumerate(process.stdout, 1):
            if number % every == 0:
                memory, files = inside.memory_info().rss, inside.num_fds()
                marks.append(Mark(number, time.perf_counter() - began, memory, files))
    return marks, process.returncode


def pictures(folder: Path, count: int) -> None:
    folder.mkdir()
    rng = np.random.default_rng(1)
    for index in range(count):
        pixels = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{index:06d}.png", compress_level=1)


def many(count: int, picture: Path | None) -> None:
    pictures(Path("in"), count)
    call = command(CALL[0], "in", "-o", "out", "--manifest", "done.jsonl", *CALL[1:])
    marks, code = watched(call, HUNDRED)
    began = time.perf_counter()
    again = subprocess.run(call, capture_output=True, text=True, check=False)
    resumed = time.perf_counter() - began
    skipped = sum(json.loads(line)["status"] == "skipped" for line in again.stdout.splitlines())
    spans = [later.seconds - mark.seconds for mark, later in pairwise(marks)]
    first, last = HUNDRED / spans[0], HUNDRED / statistics.median(spans[-LAST:])
    warm = marks[len(marks) // 10]
    grown = (max(mark.memory for mark in marks[len(marks) // 10 :]) - warm.memory) / MEBI
    files = [mark.files for mark in marks[1:-1]]
    rows = [
        ["pictures, and exit code", f"{len(list(Path('out').iterdir())):,}, {code}"],
        ["pictures a second, second hundred", f"{first:.1f}"],
        ["pictures a second, last ten hundreds (median)", f"{last:.1f}"],
        ["last over first", f"{last / first:.2f}"],
        ["memory after a tenth, MiB", f"{warm.memory / MEBI:.0f}"],
        ["most memory after that, MiB more", f"{grown:.1f}"],
        ["files open, fewest and most", f"{min(files)}, {max(files)}"],
        ["called again: skipped, seconds, exit code", f"{skipped:,}, {resumed:.1f}, {again.returncode}"],
    ]
    print(markdown(["many", "figure"], rows))
    if picture:
        held = Line("resident memory, MiB", [(mark.done, mark.memory / MEBI) for mark in marks])
        opened = Line("open files", [(mark.done, mark.files) for mark in marks])
        picture.write_text(svg(f"{count:,} pictures in one call", "pictures", "MiB, files", [held, opened]))


def huge(megapixels: int) -> None:
    """Enhance one picture of so many megapixels by denoise, whose result is as large."""
    width = 20_000
    height = megapixels * 1_000_000 // width
    column = np.arange(height, dtype=np.uint32)[:, None]
    pixels = ((column * 7 + np.arange(width, dtype=np.uint32)[None] * 3) % 251).astype(np.uint8)
    Image.fromarray(pixels).convert("RGB").save("huge.png", compress_level=1)
    del pixels
    fixed = ("--kind", "gaussian", "--sigma", "25", "--device", "cpu", "--json")
    began = time.perf_counter()
    with subprocess.Popen(
        command("denoise", "huge.png", "-o", "result.png", *fixed), stdout=subprocess.DEVNULL
    ) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    with Image.open("result.png") as result:
        size = f"{result.width} x {result.height}"
    rows = [
        ["picture", f"{width} x {height}"],
        ["result, exit code", f"{size}, {process.returncode}"],
        ["peak memory, GiB", f"{used.ru_maxrss / MEBI:.2f}"],
        ["of these the pixels in and out, GiB", f"{2 * 3 * width * height / 2**30:.2f}"],
        ["minutes", f"{seconds / 60:.1f}"],
    ]
    print(markdown(["one huge picture", "figure"], rows))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--megapixels", type=int, default=200)
    parser.add_argument("--only", choices=("many", "huge"))
    parser.add_argument("--svg", type=Path, help="where to write the plot of memory and files")
    given = parser.parse_args()
    plot = given.svg.absolute() if given.svg else None
    Image.MAX_IMAGE_PIXELS = None
    print(stamp(f"benchmarks/load.py --count {given.count} --megapixels {given.megapixels}"))
    with tempfile.TemporaryDirectory(prefix="gantool-load-") as folder:
        os.chdir(folder)
        if given.only != "huge":
            many(given.count, plot)
        if given.only != "many":
            huge(given.megapixels)
        os.chdir("/")


if __name__ == "__main__":
    main()
