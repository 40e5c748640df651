"""How enlargements of spoiled photographs look: ST-LPIPS, colours, flat places, and crops to look at.

    python benchmarks/perception.py --stlpips FILE --set Set14=DIR --set Kodak24=DIR --set samples=DIR \
        [--scale 4] [--realesr FILE] [--sheets DIR]

Each picture is reduced bicubically and spoiled by blur, noise, JPEG and all three, seeded by its name (see
`perception_cases.py`). The methods are Pillow's bicubic, our fidelity, robust and photo weights, and the
network of `--realesr`, a .pth of the same scale that the library spandrel reads. Figures, all the lower the
better:

- ST-LPIPS to the original (see `gantool/metrics/stlpips.py`);
- colour shift: of the means of output and input, the channel that moved most, in 1/255;
- texture where the original is flat: the mean standard deviation of luma, in 1/255, over the blocks of 8 x 8
  whose own is under 1 in the original.
"""

from __future__ import annotations

import argparse
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import torch
from machine import stamp
from nets import Make, Pixels, as_pixels, network
from perception_cases import Photo, Variant, degrade, photos
from perception_sheets import Sheets
from superres_nets import available, bicubic
from tables import markdown
from torch import Tensor

from gantool.evaluation import as_tensor
from gantool.inference.device import choose_device
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool.metrics import StLpips, load_stlpips, luma
from gantool_superres.options import Size

BLOCK, FLAT = 8, 1.0
FEWEST_BLOCKS = 16


@dataclass(frozen=True)
class Look:
    """How one enlargement looks; `texture` is NaN where the original has no flat place."""

    distance: float
    shift: float
    texture: float


Looks = dict[tuple[str, Variant], list[Look]]
"""By method and variant, one for each picture."""


def methods(options: argparse.Namespace) -> Mapping[str, Make]:
    """Return the enlargements to compare."""
    settings = Settings(options.device, options.precision)
    found: dict[str, Make] = {"bicubic": bicubic(options.scale)}
    for weight in available((options.scale,)):
        if weight.options.size is options.size:
            found[weight.options.kind.value] = network("superres", weight.options, settings)
    if options.realesr is not None:
        name = options.realesr.stem.removesuffix("_fp16")
        found[name] = by_spandrel(options.realesr, options.scale, choose_device(options.device))
    return {name: make for name, make in found.items() if fnmatch(name, options.methods)}


def by_spandrel(path: Path, scale: int, device: torch.device) -> Make:
    """Return the network of a published file, in single precision."""
    from spandrel import ImageModelDescriptor, ModelLoader

    model = ModelLoader(device).load_from_file(path)
    assert isinstance(model, ImageModelDescriptor)
    assert model.scale == scale
    model.eval().float()

    def enlarge(pixels: Pixels) -> Pixels:
        with torch.inference_mode():
            return as_pixels(model(as_tensor(pixels).to(device)))

    return enlarge


def texture(output: Tensor, clean: Tensor) -> float:
    """Return the mean deviation of the output's luma where the original is flat, in 1/255."""
    flat = _deviations(clean) < FLAT
    return float(_deviations(output)[flat].mean()) if int(flat.sum()) >= FEWEST_BLOCKS else math.nan


def _deviations(image: Tensor) -> Tensor:
    """Return the standard deviation of luma in each block, in 1/255."""
    blocks = luma(image)[0, 0].unfold(0, BLOCK, BLOCK).unfold(1, BLOCK, BLOCK)
    return blocks.std(dim=(2, 3), correction=0) * 255


def shift(output: Tensor, given: Tensor) -> float:
    """Return how far the mean colour moved, in 1/255, in the channel that moved most."""
    return float((output.mean(dim=(2, 3)) - given.mean(dim=(2, 3))).abs().max() * 255)


class Judge:
    """Looks at one picture's enlargements; the original's features are computed once."""

    def __init__(self, metric: StLpips, device: torch.device) -> None:
        self._metric, self._device = metric.to(device), device

    def features(self, image: Tensor) -> tuple[Tensor, ...]:
        """Return the metric's features of (1, 3, H, W)."""
        with torch.inference_mode():
            return self._metric.features(image.to(self._device))

    def look(self, output: Tensor, given: Tensor, clean: Tensor, known: Sequence[Tensor]) -> Look:
        """Judge `output`, made of `given`, by the original and its features."""
        with torch.inference_mode():
            distance = float(self._metric.compare(self.features(output), known))
        return Look(distance, shift(output, given), texture(output, clean))


def judge_picture(
    photo: Photo,
    scale: int,
    variants: Sequence[Variant],
    made_by: Mapping[str, Make],
    judge: Judge,
    looks: Looks,
) -> dict[Variant, dict[str, Pixels]]:
    """Judge every method on every variant of one picture; return what there is to look at."""
    clean = as_tensor(photo.clean)
    known = judge.features(clean)
    seen: dict[Variant, dict[str, Pixels]] = {}
    for variant in variants:
        small = degrade(photo, variant, scale)
        seen[variant] = {"input": small.repeat(scale, axis=0).repeat(scale, axis=1)}
        for name, enlarge in made_by.items():
            made = seen[variant][name] = enlarge(small)
            look = judge.look(as_tensor(made), as_tensor(small), clean, known)
            looks.setdefault((name, variant), []).append(look)
        seen[variant]["original"] = photo.clean
    return seen


def print_table(title: str, looks: Looks, variants: Sequence[Variant]) -> None:
    """Print a row for each method: the mean distance by variant, then colours and texture over all."""
    heads = [title, *(f"ST-LPIPS, {variant.value}" for variant in variants)]
    heads += ["colour shift: mean", "largest", "texture where flat"]
    rows = []
    for name in dict.fromkeys(method for method, _ in looks):
        every = [look for variant in variants for look in looks[name, variant]]
        distances = [statistics.fmean(look.distance for look in looks[name, variant]) for variant in variants]
        shifts = [look.shift for look in every]
        flat = [look.texture for look in every if not math.isnan(look.texture)]
        rows.append(
            [
                name,
                *(f"{distance:.4f}" for distance in distances),
                f"{statistics.fmean(shifts):.2f}",
                f"{max(shifts):.2f}",
                f"{statistics.fmean(flat):.2f}" if flat else "-",
            ]
        )
    print(markdown(heads, rows), flush=True)


def judge_set(name: str, folder: Path, options: argparse.Namespace, made_by: Mapping[str, Make]) -> None:
    """Print the table of one set, and write its contact sheets."""
    judge = Judge(load_stlpips(options.stlpips), choose_device(options.device))
    variants = [Variant(variant) for variant in options.variants.split(",")]
    sheets = {v: Sheets(options.sheets, f"{name}-{v.value}") for v in variants if options.sheets}
    looks: Looks = {}
    for photo in photos(folder, options.scale, options.limit):
        seen = judge_picture(photo, options.scale, variants, made_by, judge, looks)
        for variant, sheet in sheets.items():
            sheet.add(photo.name, seen[variant], photo.clean)
    for sheet in sheets.values():
        sheet.close()
    print_table(name, looks, variants)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", action="append", required=True, metavar="NAME=DIR", dest="sets")
    parser.add_argument("--stlpips", type=Path, required=True, help="weights of ST-LPIPS (safetensors)")
    parser.add_argument("--realesr", type=Path, help="realesr-general-x4v3, for spandrel")
    parser.add_argument("--scale", type=int, default=4, choices=(2, 3, 4))
    parser.add_argument("--sheets", type=Path, help="folder to write contact sheets to")
    parser.add_argument("--variants", default="blur,noise,jpeg,all", help="of clean, blur, noise, jpeg, all")
    parser.add_argument("--methods", default="*", help="only those of a matching name")
    parser.add_argument("--size", type=Size, default=Size.compact)
    parser.add_argument("--limit", type=int, help="only the first pictures of each set")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", type=Precision, default=Precision.AUTO)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    made_by = methods(options)
    print(stamp("benchmarks/perception.py"))
    for item in options.sets:
        name, _, folder = item.partition("=")
        judge_set(name, Path(folder), options, made_by)


if __name__ == "__main__":
    main()
