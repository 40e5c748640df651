"""What averaging over turned and mirrored views (`--tta`) brings: the figures at 1, 2, 4 and 8 views.

    python benchmarks/views.py --data DIR --stlpips FILE

`--data` holds Set5, Set14, CBSD68 and Kodak24. Super-resolution by the protocol of the papers, *photo* on
Set14 reduced, blurred, noisy and compressed (`perception_cases.py`); denoising at level 25 and on simulated
cameras.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache, partial
from pathlib import Path

import torch
from machine import stamp
from nets import network
from perception import Judge
from perception_cases import Variant, degrade, photos
from tables import markdown

from gantool import plugins
from gantool.evaluation import as_tensor, evaluate
from gantool.inference.ensemble import VIEWS
from gantool.inference.result import Settings
from gantool.metrics import load_stlpips
from gantool.task import Evaluate
from gantool_denoise.evaluate import EvaluateDenoiseOptions, Noise
from gantool_denoise.options import Kind as DenoiseKind
from gantool_superres.evaluate import EvaluateSuperResOptions
from gantool_superres.options import Kind, Size, SuperResOptions

SCALE, VARIANT = 4, Variant.all


@dataclass(frozen=True)
class Row:
    """What is measured, and its figure at a number of views."""

    words: str
    figure: Callable[[Settings], float]


def rows(options: argparse.Namespace) -> Iterator[Row]:
    """Yield what is measured."""
    for size in Size:
        large = EvaluateSuperResOptions(kind=Kind.fidelity, size=size)
        for data in ("Set5", "Set14"):
            figure = evaluated("superres", large, options.data / data, "PSNR-Y")
            yield Row(f"superres-x4-fidelity-{size.value}, {data}: PSNR-Y, dB", figure)
    twice = EvaluateSuperResOptions(kind=Kind.fidelity, scale=2)
    figure = evaluated("superres", twice, options.data / "Set5", "PSNR-Y")
    yield Row("superres-x2-fidelity-compact, Set5: PSNR-Y, dB", figure)
    yield Row("superres-x4-photo-compact, Set14 spoiled: ST-LPIPS", partial(spoiled, options))
    white = EvaluateDenoiseOptions(kind=DenoiseKind.gaussian, sigma="25")
    figure = evaluated("denoise", white, options.data / "CBSD68", "PSNR")
    yield Row("denoise-gaussian-compact, CBSD68, level 25: PSNR, dB", figure)
    camera = EvaluateDenoiseOptions(kind=DenoiseKind.photo, noise=Noise.camera, stlpips=options.stlpips)
    for name in ("PSNR", "ST-LPIPS"):
        figure = evaluated("denoise", camera, options.data / "Kodak24", name)
        yield Row(f"denoise-photo-compact, Kodak24, simulated cameras: {name}", figure)


@cache
def means(task: str, options: Hashable, folder: Path, settings: Settings) -> Mapping[str, float]:
    """Return the means of what `gantool evaluate` finds."""
    found = plugins.load(task)
    assert isinstance(found.evaluate, Evaluate)
    return evaluate(found, options, found.evaluate.cases(options, folder), settings=settings).means


def evaluated(task: str, options: Hashable, folder: Path, figure: str) -> Callable[[Settings], float]:
    """Return what finds one of the means at a number of views."""
    return lambda settings: means(task, options, folder, settings)[figure]


def spoiled(options: argparse.Namespace, settings: Settings) -> float:
    """Return the mean ST-LPIPS of *photo* on spoiled photographs."""
    enlarge = network("superres", SuperResOptions(), settings)
    judge = Judge(load_stlpips(options.stlpips), torch.device("cpu"))
    distances = []
    for photo in photos(options.data / "Set14", SCALE):
        small, clean = degrade(photo, VARIANT, SCALE), as_tensor(photo.clean)
        look = judge.look(as_tensor(enlarge(small)), as_tensor(small), clean, judge.features(clean))
        distances.append(look.distance)
    return statistics.fmean(distances)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--stlpips", type=Path, required=True, help="weights of ST-LPIPS (safetensors)")
    parser.add_argument("--rows", default="*", help="only those whose words match")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(stamp("benchmarks/views.py"))
    cells = []
    for row in rows(options):
        if not fnmatch(row.words, options.rows):
            continue
        digits = 4 if "LPIPS" in row.words else 2
        cells.append([row.words, *(f"{row.figure(Settings(tta=tta)):.{digits}f}" for tta in VIEWS)])
    print(markdown(["views averaged", *map(str, VIEWS)], cells))


if __name__ == "__main__":
    main()
