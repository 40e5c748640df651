"""Weights on the held-out pictures of their own recipe, by ST-LPIPS too: what to ship, by no test picture.

    python benchmarks/held_out.py RECIPE --data DIR --stlpips FILE [--at 0.5 --at 0.75] WEIGHT [WEIGHT]

RECIPE is the id of a *photo* weight, whose recipe says how pictures are spoiled; `--data` is what a training
run is given. Each WEIGHT is an id or a file; `--at` adds blends of the first two. A run's own figures are
PSNR and the distance in VGG16's features, by which the first hundreds of steps of a GAN look best.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from machine import stamp
from tables import markdown
from torch import Tensor

from gantool import plugins
from gantool.inference.device import choose_device
from gantool.metrics import load_stlpips
from gantool.task import AnyTask, LoadedWeight, TrainInputs
from gantool.train.config import resolve
from gantool.train.describe import Wanted, describe
from gantool.weights import store
from gantool.weights.blend import interpolate

GIB = 1 << 30


def recipe_of(task: AnyTask, options: argparse.Namespace) -> Any:
    """Return the recipe, ready to validate by ST-LPIPS."""
    assert task.train is not None
    described = describe(task, Wanted(data=options.data, config=Path(options.recipe)))
    device = choose_device(options.device)
    inputs = TrainInputs(data=options.data, val=None, device=device, seed=0, memory=GIB)
    recipe = task.train.build(resolve(task.train.options, [described.task]), inputs)
    recipe.perceptual = load_stlpips(options.stlpips).to(device)
    return recipe


def networks(weights: list[LoadedWeight], shares: list[float]) -> Iterator[tuple[str, Mapping[str, Tensor]]]:
    """Yield the weights' tensors, and the blends', by name."""
    for weight in weights:
        yield Path(weight.path).stem, weight.tensors
    for share in shares:
        first, second = weights[:2]
        yield f"{share:g} of the way from the first to the second", interpolate(first, second, share)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("recipe", help="id of a weight whose plugin has its recipe")
    parser.add_argument("weights", nargs="+", metavar="WEIGHT")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--stlpips", type=Path, required=True)
    parser.add_argument("--at", type=float, action="append", default=[])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="auto")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    torch.set_num_threads(options.threads)
    task = plugins.load(options.recipe.partition("-")[0])
    recipe = recipe_of(task, options)
    recipe.generator.eval()
    weights = [store.load(name, task) for name in options.weights]
    rows, heads = [], [""]
    for name, tensors in networks(weights, options.at):
        if left := recipe.initialise(tensors):
            raise SystemExit(f"{name} does not fit the recipe: {', '.join(left)}")
        with torch.inference_mode():
            figures = {
                key.replace("perceptual", "ST-LPIPS"): value
                for key, value in recipe.validate(recipe.generator).figures.items()
            }
        heads = ["", *figures]
        rows.append([name, *(f"{value:.4f}" for value in figures.values())])
    print(stamp("benchmarks/held_out.py"))
    print(markdown(heads, rows))


if __name__ == "__main__":
    main()
