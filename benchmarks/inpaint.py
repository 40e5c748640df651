"""Inpainting: quality on centre crops of Kodak24 beside other tools, and speed.

    python benchmarks/inpaint.py --data DIR --peers DIR --peers-home DIR [--stlpips FILE] [--saved DIR]
        [--only quality|large|deep|speed]

`--data` holds Kodak24. `--peers` is a folder of scripts with run_inpaint.py and protocol.py, and
`--peers-home` where it has its peers installed: crops, holes, peers and scores are theirs. What everybody
made is kept under `--saved` and, for the peers, taken from there again. Weights that are not in the store are
left out.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from inpaint_cases import (
    Ellipses,
    Fill,
    Holed,
    Pixels,
    Range,
    cases,
    kept,
    protocol_of,
    run_peer,
    score,
    write_inputs,
)
from machine import stamp
from nets import stored
from PIL import Image
from superres_peers import Peers
from tables import markdown

from gantool import plugins
from gantool.evaluation import load_weights
from gantool.images import ArrayPicture
from gantool.images.searching import find_pictures
from gantool.inference.engine import Engine
from gantool.inference.result import Settings
from gantool.metrics import StLpips, load_stlpips
from gantool_inpaint.options import InpaintOptions, Kind

USUAL, LARGE, DEEP = Range(0.20, 0.30), Range(0.40, 0.50), Ellipses()
NAMES = (
    "grey fill (no inpainting)",
    "opencv-telea",
    "opencv-ns",
    "opencv-xphoto-fsr-fast",
    "skimage-biharmonic",
    "inpaint (Telea in Rust)",
    "pypatchmatch",
    "patchmatch-cython",
    "gmic inpaint_pde (CLI)",
    "gmic inpaint_matchpatch (CLI)",
)
COMMAND = "gmic"
"""A peer of this name is a command: it is left out where there is none."""

SLOW = "opencv-xphoto-fsr-best"
AGREE = 0.005


def filler(options: InpaintOptions) -> Fill:
    """Return the whole enhance call on decoded pixels, the network loaded and placed."""
    task = plugins.load("inpaint")
    assert task.enhance is not None
    engine = Engine(task.enhance.build(options, load_weights(task, options)), Settings())

    def fill(holed: Pixels, mask: Pixels) -> Pixels:
        made: Pixels = engine.enhance(ArrayPicture(holed), {"mask": ArrayPicture(mask)}).pixels
        return made

    return fill


def ours() -> Mapping[str, Fill]:
    """Return our weights that are there."""
    wanted = [InpaintOptions(kind=kind) for kind in Kind]
    return {f"**{weight.id}**": filler(weight.options) for weight in stored("inpaint", wanted)}


def installed() -> tuple[str, ...]:
    """Return the peers that can run here."""
    return tuple(name for name in NAMES if not name.startswith(COMMAND) or shutil.which(COMMAND))


def quality(
    options: argparse.Namespace, peers: Peers, holes: Range | Ellipses, distance: StLpips | None
) -> None:
    """Print everybody's scores, ours first."""
    protocol = protocol_of(peers)
    wanted = cases(protocol, find_pictures(options.data / "Kodak24"), holes)
    saved = options.saved / holes.name.split()[0]
    if not (saved / "inputs").exists():
        write_inputs(wanted, saved / "inputs")
    rows = {}
    for name, fill in ours().items():
        rows[name] = score(protocol, wanted, fill, distance)
        save(fill, wanted, saved / "ours" / name.strip("*"))
    for name in (*installed(), SLOW) if options.slow else installed():
        run_peer(peers, name, saved / "inputs", saved / name)
        if (saved / name).exists():
            rows[name] = score(protocol, wanted, kept(saved / name, wanted), distance)
    heads = [f"holes of {holes.name}", *next(iter(rows.values()))]
    lines = [[name, *(_figure(value) for value in row.values())] for name, row in rows.items()]
    covered = np.mean([(case.mask > 0).mean() for case in wanted])
    print(f"### {holes.title} (mean {covered:.1%})\n")
    print(markdown(heads, lines), flush=True)
    if holes == USUAL:
        agreement(rows, peers, saved)


def agreement(rows: Mapping[str, Mapping[str, float]], peers: Peers, saved: Path) -> None:
    """Say where the peers' own script and these scores differ: of its stored rows, and of ours."""
    scored = peers.stored()
    for name in (name for name in rows if name.startswith("**")):
        bare = name.strip("*")
        scored = {**scored, name: peers.score_folder(bare, saved / "ours" / bare)}
    apart = {name: abs(row["PSNR"] - scored[name]["psnr"]) for name, row in rows.items() if name in scored}
    for name, by in apart.items():
        if by > AGREE:
            print(f"{name}: the peers' script says {scored[name]['psnr']:.3f} dB, which is {by:.3f} off")
    print(f"The peers' own script agrees within {AGREE} dB on the rest of {len(apart)} rows.\n", flush=True)


def save(fill: Fill, wanted: Sequence[Holed], folder: Path) -> None:
    """Keep what was made, to be scored by the peers' script and looked at."""
    folder.mkdir(parents=True, exist_ok=True)
    for case in wanted:
        Image.fromarray(fill(case.holed, case.mask)).save(folder / f"{case.name}.png")


def speed(options: argparse.Namespace, peers: Peers) -> None:
    """Time ours and the peers in turn on the first crop; print seconds for a picture of 256 x 256."""
    protocol = protocol_of(peers)
    (first,) = cases(protocol, find_pictures(options.data / "Kodak24")[:1], USUAL)
    runs: dict[str, list[tuple[float, float]]] = {}
    load = os.getloadavg()[0]
    for _ in range(options.rounds):
        for name, fill in ours().items():
            runs.setdefault(name, []).append(clock(fill, first))
        for name, row in peers.clock(installed()[1:]).items():
            runs.setdefault(name, []).append((row["sec_per_image"], row["cpu_sec_per_image"]))
    rows = [
        [name, *(f"{statistics.median(part):.3f}" for part in zip(*seconds, strict=True))]
        for name, seconds in runs.items()
    ]
    print(f"### Speed: seconds for 256 x 256 pixels, {options.rounds} rounds, load before them {load:.1f}\n")
    print(markdown(["", "seconds", "processor seconds"], rows), flush=True)


def clock(fill: Fill, case: Holed) -> tuple[float, float]:
    """Return the median wall and processor seconds of three calls, after one that is not counted."""
    fill(case.holed, case.mask)
    wall, processor = [], []
    for _ in range(3):
        begun, begun_there = time.perf_counter(), time.process_time()
        fill(case.holed, case.mask)
        wall.append(time.perf_counter() - begun)
        processor.append(time.process_time() - begun_there)
    return statistics.median(wall), statistics.median(processor)


def _figure(value: float) -> str:
    return f"{value:.2f}" if value > 1 else f"{value:.4f}"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with Kodak24")
    parser.add_argument("--peers", type=Path, required=True, help="folder with run_inpaint.py")
    parser.add_argument("--peers-home", type=Path, required=True, help="where the peers are installed")
    parser.add_argument("--stlpips", type=Path, help="weights of ST-LPIPS")
    parser.add_argument("--saved", type=Path, help="folder for what everybody makes, taken from there again")
    parser.add_argument("--only", choices=("quality", "large", "deep", "speed"))
    parser.add_argument("--slow", action="store_true", help=f"run {SLOW}, too")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    print(stamp("benchmarks/inpaint.py"))
    with tempfile.TemporaryDirectory() as scratch:
        options.saved = options.saved or Path(scratch, "saved")
        distance = load_stlpips(options.stlpips) if options.stlpips else None
        peers = Peers.copied(
            options.peers, Path(scratch), options.peers_home, options.data, options.threads, "inpaint"
        )
        if options.only in (None, "quality"):
            quality(options, peers, USUAL, distance)
        if options.only in (None, "large"):
            quality(options, peers, LARGE, distance)
        if options.only in (None, "deep"):
            quality(options, peers, DEEP, distance)
        if options.only in (None, "speed"):
            speed(options, peers)


if __name__ == "__main__":
    main()
