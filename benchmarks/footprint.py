"""What each shipped weight costs: parameters, file, seconds for a megapixel, peak memory; by task.

    python benchmarks/footprint.py [--peers DIR] [--tasks superres denoise ...] [--only memory]

Each weight is measured in a fresh process, by `gantool.load` on a photograph of a megapixel (superres: a
megapixel of input; generate: 1,000 images): one call to warm up, the median of `--rounds`. The peak is the
process's resident memory, libraries included. In the picture that is inpainted a box over a quarter of it is
filled; any style is shown a photograph. `--peers` is a folder with results/*.json of other tools: the peak
memory that their own scripts measured, on the pictures of their sets, is set below.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from machine import stamp
from PIL import Image
from tables import markdown

import gantool
from gantool import plugins
from gantool.sampling.drawing import draw_batches
from gantool.sampling.latents import Wish
from gantool.sampling.session import open_session
from gantool.weights.card import Card
from gantool.weights.files import load, read_card

ROOT = Path(__file__).resolve().parents[1]
PHOTO = ROOT / "examples" / "photos" / "boat.jpg"
SIZE = (1152, 868)
"""A megapixel, to a hundredth of a percent."""
IMAGES = 1000
MIB = 2**20
UNITS = {"superres": "s for an LR megapixel", "generate": f"s for {IMAGES:,} images"}
PEERS = {"superres": "sr", "style-transfer": "style"}
"""What a task's results are called there, where it is not the task."""


@dataclass(frozen=True)
class Cost:
    """Of one weight: parameters, bytes of the file, seconds on the wall and of all threads, peak bytes."""

    parameters: int
    size: int
    seconds: float
    processor: float
    peak: int


def measure(path: Path, rounds: int) -> Cost:
    """Measure one weight in this process."""
    card = read_card(path)
    count = sum(math.prod(tensor.shape) for tensor in load(path, task=card.task).tensors.values())
    work = drawing(path) if card.task == "generate" else enhancing(path, card)
    work()
    measured = [clock(work) for _ in range(rounds)] or [(math.nan, math.nan)]
    wall, processor = (statistics.median(part) for part in zip(*measured, strict=True))
    return Cost(count, path.stat().st_size, wall, processor, peak())


def enhancing(path: Path, card: Card) -> Callable[[], object]:
    """Return a call that enhances the photograph."""
    tool = gantool.load(card.task, weights=path, **options_of(card))
    with Image.open(PHOTO) as image:
        pixels = np.array(image.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS))
    if card.task != "inpaint":
        return lambda: tool(pixels)
    width, height = SIZE
    mask = np.zeros((height, width), np.uint8)
    mask[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = 255
    return lambda: tool(pixels, mask=mask)


def options_of(card: Card) -> dict[str, Any]:
    """Return the options that a weight is used with, read off its id."""
    words = card.id.split("-")
    if card.task == "superres":
        return {"scale": int(words[1][1:]), "kind": words[2], "size": words[3]}
    if card.task == "denoise":
        return {"kind": words[1], "size": words[2]}
    if card.task == "inpaint":
        return {"kind": words[1]}
    style = card.id.removeprefix("style-transfer-")
    return {"style": str(ROOT / "examples" / "photos" / "cat.jpg") if style == "any" else style}


def drawing(path: Path) -> Callable[[], object]:
    """Return a call that draws images and keeps none."""
    task = plugins.load("generate")
    assert task.sample is not None
    session = open_session(task, task.sample.options(), [str(path)], "cpu")

    def draw() -> None:
        latents = session.source(Wish(seed=0))
        for _ in draw_batches(session.sampler, latents, range(IMAGES), session.batch_for(latents)):
            pass

    return draw


def clock(work: Callable[[], object]) -> tuple[float, float]:
    """Return wall and processor seconds of one call."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def peak() -> int:
    """Return the most bytes this process has held, by Linux; `resource` counts the parent's in, too."""
    status = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def elsewhere(path: Path, options: argparse.Namespace) -> Cost:
    """Measure one weight in a process of its own."""
    rounds = 0 if options.only == "memory" else options.rounds
    command = [sys.executable, __file__, "--of", str(path), "--rounds", str(rounds)]
    command += ["--threads", str(options.threads)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Cost(**json.loads(done.stdout))


def row(name: str, cost: Cost, timed: bool) -> list[str]:
    cells = [f"**{name}**", f"{cost.parameters / 1000:,.0f} k", f"{cost.size / 1e6:.2f} MB"]
    if timed:
        cells += [f"{cost.seconds:.2f}", f"{cost.processor:.2f}"]
    return [*cells, f"{cost.peak / MIB:,.0f}"]


def peers(folder: Path, task: str, columns: int) -> list[list[str]]:
    """Return rows of other tools that say their peak memory alone."""
    path = folder / "results" / f"{PEERS.get(task, task)}.json"
    found: Mapping[str, Mapping[str, float]] = json.loads(path.read_text())["peers"]
    blank = ["-"] * (columns - 2)
    kept = {name: one for name, one in found.items() if "peak_rss_mb" in one}
    return [[name, *blank, f"{one['peak_rss_mb']:,.0f}"] for name, one in kept.items()]


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    if options.of is not None:
        print(json.dumps(asdict(measure(options.of, options.rounds))))
        return
    print(stamp("benchmarks/footprint.py"))
    shipped: dict[str, list[Path]] = {}
    for path in sorted(options.weights.glob("*.safetensors")):
        shipped.setdefault(read_card(path).task, []).append(path)
    timed = options.only != "memory"
    for task in options.tasks or shipped:
        unit = UNITS.get(task, "s for a megapixel")
        heads = [task, "parameters", "file", *([unit, "processor s"] if timed else []), "peak MiB"]
        rows = [row(path.stem, elsewhere(path, options), timed) for path in shipped[task]]
        if options.peers:
            rows += peers(options.peers, task, len(heads))
        print(markdown(heads, rows), flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weights", type=Path, default=ROOT / "weights")
    parser.add_argument("--tasks", nargs="+")
    parser.add_argument("--peers", type=Path, help="folder with results/*.json of other tools")
    parser.add_argument("--only", choices=("memory",), help="no clock: a single call of each")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--of", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
