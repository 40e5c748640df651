"""Super-resolution: quality of our weights on Set5 and Set14, and their speed, beside other tools.

    python benchmarks/superres.py --data DIR [--peers DIR --peers-home DIR] [--only quality|speed]

`--data` holds Set5 and Set14, and Kodak24 for the clock of the peers. `--peers` is a folder of scripts with
run_sr.py, and `--peers-home` where it has its peers installed (see `superres_peers.py`); their quality is
what a full run stored there. Weights that are not in the store are left out; `GANTOOL_WEIGHTS` adds others.
Speed is the whole enhance call on decoded arrays of one 192 x 128 picture: one warm-up, the median of three,
on two threads; the peers are timed in turn with it, `--rounds` times.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from machine import stamp
from nets import Make, Pixels, Weight, as_pixels, network
from PIL import Image
from superres_nets import available, bicubic
from superres_peers import Peers, Row
from tables import markdown

from gantool import plugins
from gantool.evaluation import as_tensor, evaluate, whole
from gantool.images.searching import find_pictures
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool.task import Metric
from gantool_superres.evaluate import EvaluateSuperResOptions, cases, metrics
from gantool_superres.options import SCALES, SuperResOptions

SETS = ("Set5", "Set14")
JPEG = 60
SPAN = "span-x4-ch48 (ncnn)"
SPEED_SIZE = (192, 128)
Figures = Mapping[tuple[str, int | None], Mapping[str, float]]
"""By set and JPEG quality: the means of the metrics."""


@dataclass(frozen=True)
class Seconds:
    """Of one whole call: on the wall, and of all threads together."""

    wall: float
    processor: float


# ---------------------------------------------------------------- quality


def measure_weight(weight: Weight[SuperResOptions], data: Path, settings: Settings) -> Figures:
    """Return the figures of one of our weights."""
    task = plugins.load("superres")
    found = {}
    for name, jpeg in variants():
        options = EvaluateSuperResOptions(**asdict(weight.options), jpeg=jpeg)
        found[name, jpeg] = evaluate(task, options, cases(options, data / name), settings=settings).means
    return found


def measure_bicubic(scale: int, data: Path) -> Figures:
    """Return the figures of Pillow's bicubic filter."""
    found = {}
    for name, jpeg in variants():
        options = EvaluateSuperResOptions(scale=scale, jpeg=jpeg)
        found[name, jpeg] = _means(bicubic(scale), options, metrics(options), data / name)
    return found


def _means(
    enlarge: Make, options: EvaluateSuperResOptions, figures: Mapping[str, Metric], folder: Path
) -> Mapping[str, float]:
    values: dict[str, list[float]] = {name: [] for name in figures}
    for case in cases(options, folder):
        output, clean = as_tensor(enlarge(as_pixels(whole(case.degraded)))), whole(case.clean)
        for name, figure in figures.items():
            values[name].append(figure(output, clean, case))
    return {name: statistics.fmean(items) for name, items in values.items()}


def variants() -> list[tuple[str, int | None]]:
    """Return every set, clean and with JPEG."""
    return [(name, jpeg) for jpeg in (None, JPEG) for name in SETS]


def of_peer(row: Row) -> Figures:
    """Return a peer's row in the form of ours."""
    return {
        (name, jpeg): {
            "PSNR-Y": row[f"{name}_{'jpeg60' if jpeg else 'bicubic'}_psnr_y"],
            "SSIM-Y": row[f"{name}_{'jpeg60' if jpeg else 'bicubic'}_ssim_y"],
        }
        for name, jpeg in variants()
    }


def print_quality(rows: Mapping[str, Figures]) -> None:
    """Print PSNR-Y / SSIM-Y of each row on each set."""
    heads = ["", *(f"{name}, JPEG {jpeg}" if jpeg else name for name, jpeg in variants())]
    cells = [
        [row, *(f"{figures[key]['PSNR-Y']:.2f} / {figures[key]['SSIM-Y']:.4f}" for key in variants())]
        for row, figures in rows.items()
    ]
    print(markdown(heads, cells), flush=True)


def quality(
    weights: Sequence[Weight[SuperResOptions]], data: Path, settings: Settings, peers: Peers | None
) -> None:
    """Print a table for every scale that has a weight."""
    for scale in SCALES:
        of_scale = [weight for weight in weights if weight.options.scale == scale]
        if not of_scale:
            continue
        print(f"### Quality x{scale}: PSNR-Y / SSIM-Y\n")
        rows: dict[str, Figures] = {"Pillow bicubic": measure_bicubic(scale, data)}
        rows |= {f"**{weight.id}**": measure_weight(weight, data, settings) for weight in of_scale}
        if scale == 4 and peers is not None:
            rows |= {name: of_peer(row) for name, row in peers.stored().items() if "pillow-b" not in name}
        print_quality(rows)
        if scale == 4 and peers is not None:
            for weight in of_scale:
                print_agreement(weight, rows[f"**{weight.id}**"], settings, peers)


def print_agreement(weight: Weight[SuperResOptions], ours: Figures, settings: Settings, peers: Peers) -> None:
    """Print how far the peers' scorer, given our pictures for its own inputs, is from our figures."""
    theirs = of_peer(peers.score(weight.id, network("superres", weight.options, settings)))
    furthest = {
        metric: max(abs(ours[key][metric] - theirs[key][metric]) for key in variants())
        for metric in ("PSNR-Y", "SSIM-Y")
    }
    print(
        f"{weight.id}: the peers' scorer differs by {furthest['PSNR-Y']:.4f} dB "
        f"and {furthest['SSIM-Y']:.6f} at most.\n",
        flush=True,
    )


# ---------------------------------------------------------------- speed


def clock(enlarge: Make, pixels: Pixels, repeats: int = 3) -> Seconds:
    """Return the medians of `repeats` calls after one to warm up."""
    enlarge(pixels)
    measured = []
    for _ in range(repeats):
        wall, processor = time.perf_counter(), time.process_time()
        enlarge(pixels)
        measured.append(Seconds(time.perf_counter() - wall, time.process_time() - processor))
    return Seconds(
        statistics.median(one.wall for one in measured), statistics.median(one.processor for one in measured)
    )


def speed_picture(data: Path) -> Pixels:
    """Return a photograph reduced to the size that is timed."""
    with Image.open(find_pictures(data / SETS[-1])[0]) as image:
        return np.array(image.convert("RGB").resize(SPEED_SIZE, Image.Resampling.BICUBIC))


def speed(
    weights: Sequence[Weight[SuperResOptions]],
    options: argparse.Namespace,
    settings: Settings,
    peers: Peers | None,
) -> None:
    """Time our weights and the peers in turn and print a row for each."""
    pixels, names = speed_picture(options.data), tuple(options.timed_peers.split(","))
    megapixels = pixels.shape[0] * pixels.shape[1] / 1e6
    networks = {weight.id: network("superres", weight.options, settings) for weight in weights}
    runs: dict[str, list[Seconds]] = {}
    load = os.getloadavg()[0]
    for _ in range(options.rounds):
        for name, enlarge in networks.items():
            runs.setdefault(f"**{name}**", []).append(clock(enlarge, pixels))
        for name, row in peers.clock(names).items() if peers is not None else ():
            processor = float(row["cpu_sec_per_lr_mp"] or "nan") * megapixels
            runs.setdefault(name, []).append(Seconds(row["sec_per_lr_mp"] * megapixels, processor))
    print(f"### Speed: seconds per LR megapixel, {options.rounds} rounds, load before them {load:.1f}\n")
    print_speed(runs, megapixels)


def print_speed(runs: Mapping[str, Sequence[Seconds]], megapixels: float) -> None:
    """Print the median and the range over the rounds, and the share of SPAN's time."""
    span = statistics.median(run.wall for run in runs[SPAN]) if SPAN in runs else float("nan")
    rows = []
    for name, measured in runs.items():
        walls = sorted(run.wall / megapixels for run in measured)
        middle = statistics.median(walls)
        processor = statistics.median(run.processor for run in measured) / megapixels
        share = f"{middle * megapixels / span:.2f}" if SPAN in runs else "-"
        rows.append([name, f"{middle:.2f}", f"{walls[0]:.2f} - {walls[-1]:.2f}", f"{processor:.2f}", share])
    print(markdown(["", "seconds", "range", "processor seconds", "of SPAN's time"], rows), flush=True)


# ---------------------------------------------------------------- main


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with Set5 and Set14")
    parser.add_argument("--peers", type=Path, help="folder with run_sr.py")
    parser.add_argument("--peers-home", type=Path, help="where the peers are installed")
    parser.add_argument("--timed-peers", default=SPAN, help="comma-separated, as run_sr.py --list names them")
    parser.add_argument("--only", choices=("quality", "speed"))
    parser.add_argument("--scales", default="2,3,4")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", type=Precision, default=Precision.AUTO)
    options = parser.parse_args()
    if options.peers and not options.peers_home:
        parser.error("--peers needs --peers-home")
    return options


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    settings = Settings(options.device, options.precision)
    scales = tuple(int(scale) for scale in options.scales.split(","))
    weights = list(available(scales))
    print(stamp("benchmarks/superres.py"))
    scratch: Any = tempfile.TemporaryDirectory() if options.peers else nullcontext()
    with scratch as folder:
        peers = None
        if folder is not None:
            home, threads = options.peers_home, options.threads
            peers = Peers.copied(options.peers, Path(folder), home, options.data, threads)
        if options.only != "speed":
            quality(weights, options.data, settings, peers)
        if options.only != "quality":
            speed([weight for weight in weights if weight.options.scale == 4], options, settings, peers)


if __name__ == "__main__":
    main()
