"""What truncation does to the shipped digits: sure and right against various, on MNIST's training digits.

    python benchmarks/digits_truncation.py --data DIR [--weights ID|FILE] [--psi 1 0.9 ...] [--write PSI]

`--data` holds the files of MNIST. The test digits are not looked at: a default is chosen by this table. With
`--write`, nothing is measured; the weight FILE is drawn from with PSI where nothing else is asked for.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from machine import stamp
from tables import markdown

from gantool import plugins
from gantool.sampling.evaluation import SetWishes, evaluate_set
from gantool.weights import files
from gantool_generate.evaluate import EvaluateGenerateOptions

TRAINING = "train-images-idx3-ubyte.gz"
FIGURES = (
    "top probability over 0.9",
    "asked class right",
    "digit-feature Fréchet distance",
    "precision",
    "recall",
    "density",
    "coverage",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", default="generate-digits")
    parser.add_argument("--psi", type=float, nargs="+", default=(1.0, 0.9, 0.8, 0.7, 0.5))
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--write", type=float)
    arguments = parser.parse_args()
    if arguments.write is not None:
        write(Path(arguments.weights), arguments.write)
        return
    data = arguments.data / TRAINING
    rows = [row(arguments.weights, data, psi, arguments.count) for psi in arguments.psi]
    print(stamp(f"benchmarks/digits_truncation.py, {arguments.count} samples"))
    print(markdown(("truncation", *FIGURES), rows))


def row(weights: str, data: Path, psi: float, count: int) -> list[str]:
    """Measure samples of one truncation."""
    options = EvaluateGenerateOptions(truncation=psi)
    report = evaluate_set(plugins.load("generate"), options, SetWishes(data, count, 0, [weights])).report
    values = {figure.name: figure.value for figure in report.figures}
    return [f"{psi:g}", *(f"{values[name]:.4f}" for name in FIGURES)]


def write(path: Path, psi: float) -> None:
    """Put the truncation on the card; the tensors stay as they are."""
    weight = files.load(path, task="generate")
    files.save(path, weight.tensors, replace(weight.card, config={**weight.card.config, "truncation": psi}))


if __name__ == "__main__":
    main()
