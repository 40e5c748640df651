"""Measure the shipped superres weights and write the figures into their cards.

    python benchmarks/card_figures.py --data DIR [WEIGHT ...]

`--data` holds Set5 and Set14; without names, every superres weight of `weights/` is measured. The manifest
`weights/SHA256SUMS` is written anew.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import replace
from pathlib import Path

from gantool import plugins
from gantool.evaluation import evaluate
from gantool.weights.card import Measured
from gantool.weights.files import load, read_card, save
from gantool_superres.evaluate import EvaluateSuperResOptions, cases
from gantool_superres.options import Kind, Size

SETS = ("Set5", "Set14")
FOLDER = Path(__file__).resolve().parents[1] / "weights"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("weights", type=Path, nargs="*")
    arguments = parser.parse_args()
    write_manifest()  # a replaced weight would be refused by the old one
    for path in arguments.weights or sorted(FOLDER.glob("superres-*.safetensors")):
        stamp(path, arguments.data)
    write_manifest()


def stamp(path: Path, data: Path) -> None:
    """Measure one weight and rewrite its card; the tensors stay as they are."""
    card = read_card(path)
    # The training run's own figure stays; what this script measured before is replaced.
    kept = tuple(figure for figure in card.measured if figure.data not in SETS)
    weight = load(path, task=card.task)
    measured = [figure for jpeg in (None, 60) for name in SETS for figure in figures(path, data, name, jpeg)]
    save(path, weight.tensors, replace(card, measured=(*kept, *measured)))
    texts = (f"{figure.metric} {figure.data} {figure.value:.3f}" for figure in measured)
    print(path.name, *texts, flush=True)


def figures(path: Path, data: Path, name: str, jpeg: int | None) -> list[Measured]:
    """Return the means of one weight over one set."""
    _, scale, kind, size = read_card(path).id.split("-")
    options = EvaluateSuperResOptions(scale=int(scale[1:]), kind=Kind(kind), size=Size(size), jpeg=jpeg)
    result = evaluate(plugins.load("superres"), options, cases(options, data / name), weights=[str(path)])
    protocol = f"{result.protocol}; {result.precision}"
    return [Measured(metric, round(value, 4), name, protocol) for metric, value in result.means.items()]


def write_manifest() -> None:
    """Write `SHA256SUMS` over all shipped weights."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(FOLDER.glob("*.safetensors"))
    ]
    (FOLDER / "SHA256SUMS").write_text("".join(lines))


if __name__ == "__main__":
    main()
