"""Speed and memory of the engine: `python benchmarks/engine.py`.

Prints Markdown: pictures a second from JPEG to JPEG, the network's share of that time, what it would take
without decoding and encoding, the network's GFLOP/s (counted by torch) beside the machine's bf16 matrix
rate measured in turn with it, and the peak memory of a result of 100 megapixels. The pictures are made
here; the networks have untrained weights, which cost what trained ones do.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from machine import matrix_rate, stamp
from PIL import Image
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from gantool.errors import GantoolError
from gantool.images import ArrayPicture, decode
from gantool.inference.attempt import Attempts
from gantool.inference.engine import Engine
from gantool.inference.limits import limits_for
from gantool.inference.outcome import Status
from gantool.inference.pipeline import run
from gantool.inference.plan import Job, plan
from gantool.inference.precision import Rungs
from gantool.inference.result import AUTO_TILE, Settings
from gantool.inference.saving import Saving
from gantool.inference.targets import understand_output
from gantool.inference.tiling import cut, padded, with_halo
from gantool.task import Box, Enhancer, Geometry
from gantool_superres.networks import Generator, SuperResConfig

ROUNDS = 3
MIB = 2**20


@dataclass
class Untrained:
    """An enhancer that returns about its input, so that JPEG has natural pictures to code."""

    module: nn.Module
    geometry: Geometry
    channels: int = 3

    def prepare(self, whole: object, extras: object) -> None:
        """Look at nothing."""

    def describe(self, state: None) -> str:
        """Nothing was found out."""
        return ""

    def regions(self, state: None) -> None:
        """Want the whole picture."""

    def __call__(self, image: Tensor, box: Box, state: None) -> Tensor:
        """Map (1, 3, h, w) to (1, 3, h * scale, w * scale)."""
        output: Tensor = self.module(image)
        return output


def untrained(width: int, blocks: int, scale: int) -> Enhancer:
    config = SuperResConfig(scale=scale, width=width, blocks=blocks)
    generator = Generator(config)
    with torch.no_grad():
        for parameter in generator.tail.parameters():
            parameter.mul_(0.01)
    return Untrained(generator.eval(), Geometry(scale=scale, halo=config.halo))


def photo(width: int, height: int, seed: int) -> Image.Image:
    """Return colour clouds of every size with a little grain: about as costly to code as a photograph."""
    rng = np.random.default_rng(seed)
    total = np.full((height, width, 3), 128.0, np.float32)
    for cells in (3, 9, 27, 81, 243, 729):
        small = Image.fromarray(rng.integers(0, 256, (cells, cells, 3), np.uint8))
        large = np.asarray(small.resize((width, height), Image.Resampling.BICUBIC), np.float32)
        total += (large - 128) / cells**0.35
    total += rng.normal(0, 3, (height, width, 1)).astype(np.float32)
    return Image.fromarray(total.clip(0, 255).astype(np.uint8))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--images", type=int, default=3)
    parser.add_argument("--size", type=int, nargs=2, default=(4000, 3000), metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--tile", type=int, default=AUTO_TILE)
    parser.add_argument("--width", type=int, nargs="+", default=[48, 64], help="of the networks")
    parser.add_argument("--blocks", type=int, default=7)
    parser.add_argument("--scale", type=int, default=4)
    parser.add_argument("--peak", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peak:
        print_peak(arguments.peak)
        return
    print(stamp("benchmarks/engine.py"))
    speed(arguments)
    memory()


def speed(arguments: argparse.Namespace) -> None:
    heads = (
        *("channels", "tile", "images/s", "in the network", "of the network alone"),
        *("GFLOP/s", "matrix rate", "share"),
    )
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        across, down = arguments.size
        for index in range(arguments.images):
            photo(across, down, index).save(folder / f"{index}.jpg", quality=90)
        for width in arguments.width:
            enhancer = untrained(width, arguments.blocks, arguments.scale)
            engine = Engine(enhancer, Settings(arguments.device, tile=arguments.tile))
            print(row(width, engine, folder), flush=True)


def row(width: int, engine: Engine, folder: Path) -> str:
    """Measure end to end and the bare network in turn; the best of each counts, as of the matrix rate."""
    jobs = jobs_for(folder)
    seconds, alone, rate, matrix, inside, tile = 1e9, 1e9, 0.0, 0.0, 0.0, 0
    for _ in range(ROUNDS):
        matrix = max(matrix, matrix_rate(engine.device))
        took, network, tile = end_to_end(engine, jobs)
        if took < seconds:
            seconds, inside = took, network / took
        one, gflops = bare(engine, jobs[0].source, tile)
        alone, rate = min(alone, one * len(jobs)), max(rate, gflops)
    return (
        f"| {width} | {tile} | {len(jobs) / seconds:.3f} | {inside:.0%} | {alone / seconds:.2f} | {rate:.0f} "
        f"| {matrix:.0f} | {rate / matrix:.2f} |"
    )


def jobs_for(folder: Path) -> tuple[Job, ...]:
    inputs = (str(folder),)
    output = understand_output(str(folder / "out"), inputs, default_suffix="_x", suffix=None, format=None)
    return plan(inputs, output, overwrite=True).jobs


def end_to_end(engine: Engine, jobs: tuple[Job, ...]) -> tuple[float, float, int]:
    """Return seconds, those in the network, and the tile size."""
    began = time.perf_counter()
    done = list(run(jobs, [engine], Saving(92, False), limits_for([engine], 10**9)))
    took = time.perf_counter() - began
    reports = [outcome.report for outcome in done if outcome.report and outcome.status is Status.DONE]
    if len(reports) != len(jobs):
        raise GantoolError("; ".join(outcome.reason for outcome in done))
    return took, sum(report.network_seconds for report in reports), reports[0].tile


def bare(engine: Engine, source: Path, tile: int) -> tuple[float, float]:
    """Return the seconds one picture takes in the network with nothing beside it, and GFLOP/s."""
    enhancer = engine.enhancer
    picture = ArrayPicture(decode(source, max_pixels=10**9).pixels)
    whole = padded(picture.width, picture.height, enhancer.geometry)
    tiles = [with_halo(core, whole, enhancer.geometry) for core in cut(whole, tile, 1)]
    attempts = Attempts(enhancer, Rungs(enhancer.module, engine.device), engine.device, engine.precision)
    with FlopCounterMode(display=False) as counter:
        attempts.run(picture, tiles[0], None)
    pixels = tiles[0].read.width * tiles[0].read.height
    flops = counter.get_total_flops() / pixels * sum(t.read.width * t.read.height for t in tiles)
    attempts.seconds = 0.0
    for each in tiles:
        attempts.run(picture, each, None)
    return attempts.seconds, flops / attempts.seconds / 1e9


def memory() -> None:
    """Print the peak of a process that makes a 100-megapixel PNG, beside what is promised."""
    with tempfile.TemporaryDirectory() as name:
        source = Path(name, "in.png")
        photo(2500, 2500, seed=0).save(source)
        command = [sys.executable, __file__, "--peak", str(source)]
        print("\n" + subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def print_peak(source: Path) -> None:
    engine = Engine(untrained(48, 7, 4), Settings("cpu"))
    before = peak()
    output = understand_output(
        str(source.with_name("out.png")), (str(source),), default_suffix="", suffix=None, format=None
    )
    (done,) = run(plan([str(source)], output).jobs, [engine], Saving(92, False), limits_for([engine], 10**9))
    if done.source_size is None or done.target_size is None:
        raise GantoolError(done.reason)
    sizes = (done.source_size, done.target_size)
    limit = 1024 * MIB + 2 * 3 * sum(size.width * size.height for size in sizes)
    grown = (peak() - before) / MIB
    print("| result | above the imports | promised |\n|---|---|---|")
    print(f"| {sizes[1].width} x {sizes[1].height} | {grown:.0f} MiB | {limit / MIB:.0f} MiB |")


def peak() -> int:
    """Return the most bytes this process has held, by Linux; `resource` counts the parent's in, too."""
    status = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
