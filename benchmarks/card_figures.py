"""Measure the shipped weights and write the figures, with the options that give them, into their cards.

    python benchmarks/card_figures.py --data DIR [WEIGHT ...]

`--data` holds the sets that `card_protocols.py` names for each task; without names, every weight of
`weights/` is measured whose task has a protocol there. The manifest `weights/SHA256SUMS` is written anew.
`gantool weights verify --metrics` measures the figures again.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import replace
from pathlib import Path

from card_protocols import runs_of

from gantool.weights.files import load, read_card, save
from gantool.weights.measuring import measure

FOLDER = Path(__file__).resolve().parents[1] / "weights"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("weights", type=Path, nargs="*")
    arguments = parser.parse_args()
    write_manifest()  # a replaced weight would be refused by the old one
    for path in arguments.weights or sorted(FOLDER.glob("*.safetensors")):
        stamp(path, arguments.data)
        write_manifest()


def stamp(path: Path, data: Path) -> None:
    """Measure one weight and rewrite its card; the tensors stay as they are."""
    card = read_card(path)
    runs = runs_of(card.task, card.id)
    if not runs:
        print(path.name, "has no protocol", flush=True)
        return
    # The training run's own figure stays; what was measured on these sets before is replaced.
    kept = tuple(figure for figure in card.measured if figure.data not in {run.data for run in runs})
    measured = [figure for run in runs for figure in measure(path, data / run.data, run.options)]
    weight = load(path, task=card.task)
    save(path, weight.tensors, replace(card, measured=(*kept, *measured)))
    print(path.name, *(f"{one.metric} {one.data} {one.value:.3f}" for one in measured), flush=True)


def write_manifest() -> None:
    """Write `SHA256SUMS` over all shipped weights."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(FOLDER.glob("*.safetensors"))
    ]
    (FOLDER / "SHA256SUMS").write_text("".join(lines))


if __name__ == "__main__":
    main()
