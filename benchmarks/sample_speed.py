"""How fast images are drawn, and how much memory that takes: 10,000 digits, before encoding.

    python benchmarks/sample_speed.py [--weights ID|FILE ...] [--peers generate.json] [--only speed|memory]

Without --weights, the shipped digits. `--peers` is a JSON file of other tools' figures, images a second.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from machine import stamp
from tables import markdown

from gantool import plugins
from gantool.sampling.drawing import draw_batches, to_bytes
from gantool.sampling.latents import Wish
from gantool.sampling.session import Session, open_session

COUNT, REPEATS = 10_000, 3
COUNTS = (100, 1_000, 10_000, 50_000)
"""Of images whose drawing's memory is measured; they are not kept."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", nargs="*", default=["generate-digits"])
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--only", choices=("speed", "memory"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--peak-of", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak_of is not None:
        print(peak(open_weight(arguments.weights[0], arguments.device), arguments.peak_of))
        return
    print(stamp("benchmarks/" + Path(sys.argv[0]).name))
    if arguments.only != "memory":
        print(speed_table(arguments.weights, arguments.device, arguments.peers))
    if arguments.only != "speed":
        print(memory_table(arguments.weights))


def open_weight(wanted: str, device: str) -> Session:
    """Load one weight for sampling."""
    task = plugins.load("generate")
    assert task.sample is not None
    return open_session(task, task.sample.options(), [wanted], device)


def speed_table(weights: Sequence[str], device: str, peers: Path | None) -> str:
    """Draw with each weight, the median of several runs after one that warms up; then the peers."""
    rows = []
    for wanted in weights:
        session = open_weight(wanted, device)
        seconds = statistics.median(timed(session) for _ in range(REPEATS))
        config = session.weights[0].card.config
        side = f"{config['side']} x {config['side']}"
        rows.append([session.weights[0].id, side, f"{seconds:.2f}", f"{COUNT / seconds:,.0f}"])
    if peers is not None:
        for name, record in json.loads(peers.read_text())["peers"].items():
            side, rate = record["side"], record["images_per_sec_batch16"]
            rows.append([name, f"{side} x {side}", f"{COUNT / rate:.2f}", f"{rate:,.0f}"])
    return markdown(("network", "pixels", f"seconds for {COUNT:,}", "images a second"), rows)


def timed(session: Session) -> float:
    """Return the seconds that drawing takes, latents and rounding to 8 bits included."""
    latents = session.source(Wish(seed=0))
    batch = session.batch_for(latents)
    started = time.perf_counter()
    kept = [to_bytes(images) for _, images in draw_batches(session.sampler, latents, range(COUNT), batch)]
    seconds = time.perf_counter() - started
    assert len(torch.cat(kept)) == COUNT
    return seconds


def memory_table(weights: Sequence[str]) -> str:
    """Measure the peak memory of drawing more and more images, each in a process of its own."""
    rows = [[wanted, *(f"{_peak_elsewhere(wanted, count)}" for count in COUNTS)] for wanted in weights]
    return markdown(("peak MiB of the process", *(f"{count:,} images" for count in COUNTS)), rows)


def peak(session: Session, count: int) -> int:
    """Draw images, keep none, and return the peak resident memory in MiB."""
    latents = session.source(Wish(seed=0))
    for _ in draw_batches(session.sampler, latents, range(count), session.batch_for(latents)):
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _peak_elsewhere(wanted: str, count: int) -> int:
    command = [sys.executable, __file__, "--weights", wanted, "--peak-of", str(count)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
