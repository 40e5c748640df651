"""Measure the shipped denoise weights and write the figures into their cards.

    python benchmarks/denoise_cards.py --data DIR [WEIGHT ...]

`--data` holds CBSD68 and Kodak24; without names, every denoise weight of `weights/` is measured. *gaussian*
is measured under white noise that is not clipped, the others under simulated cameras. The manifest
`weights/SHA256SUMS` is written anew.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from card_figures import FOLDER, write_manifest

from gantool import plugins
from gantool.evaluation import evaluate
from gantool.weights.card import Measured
from gantool.weights.files import load, read_card, save
from gantool_denoise.evaluate import EvaluateDenoiseOptions, Noise, cases
from gantool_denoise.options import Kind, Size

SETS = ("CBSD68", "Kodak24")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("weights", type=Path, nargs="*")
    arguments = parser.parse_args()
    write_manifest()  # a replaced weight would be refused by the old one
    for path in arguments.weights or sorted(FOLDER.glob("denoise-*.safetensors")):
        stamp(path, arguments.data)
    write_manifest()


def stamp(path: Path, data: Path) -> None:
    """Measure one weight and rewrite its card; the tensors stay as they are."""
    card = read_card(path)
    # The training run's own figure stays; what this script measured before is replaced.
    kept = tuple(figure for figure in card.measured if figure.data not in SETS)
    weight = load(path, task=card.task)
    _, kind, size = card.id.split("-")
    measured = [figure for name in SETS for figure in figures(path, data / name, Kind(kind), Size(size))]
    save(path, weight.tensors, replace(card, measured=(*kept, *measured)))
    print(path.name, *(f"{one.metric} {one.data} {one.value:.3f}" for one in measured), flush=True)


def figures(path: Path, folder: Path, kind: Kind, size: Size) -> list[Measured]:
    """Return the means of one weight over one set, for each noise level."""
    noise = Noise.gaussian if kind is Kind.gaussian else Noise.camera
    options = EvaluateDenoiseOptions(kind=kind, size=size, noise=noise)
    result = evaluate(plugins.load("denoise"), options, cases(options, folder), weights=[str(path)])
    protocol = f"{result.protocol}; {result.precision}"
    return [
        Measured(f"{metric}, {group}", round(value, 4), folder.name, protocol)
        for group, means in result.group_means.items()
        for metric, value in means.items()
    ]


if __name__ == "__main__":
    main()
