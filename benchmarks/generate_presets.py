"""Trains every preset of `gantool train generate` on MNIST, and shows what came of it: table, grids, curves.

    python benchmarks/generate_presets.py --data DIR --work DIR [--pictures docs/images] [--presets mlp ...]

`--data` holds the four files of MNIST. Each preset is trained by its recipe (`--config generate-mlp` and so
on) in `--work`; a run that is there already is used again. Each weight is measured by `gantool evaluate
generate` on the test digits. With `--pictures`, a grid of each and the curves of all are written there.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from machine import stamp
from PIL import Image
from plot import Line, svg
from tables import markdown
from torch import Tensor

from gantool import plugins
from gantool.networks.config import config_of
from gantool.networks.loading import network_of
from gantool.sampling.evaluation import SetWishes, evaluate_set
from gantool.task import SetReport
from gantool.train.folder import RunFile, read_run
from gantool.weights import files
from gantool_generate.config import ARCHITECTURE, GenerateConfig, Preset
from gantool_generate.evaluate import EvaluateGenerateOptions
from gantool_generate.networks import build_generator

TRAINING, TEST = "train-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte.gz"
ABOUT = ("--card-data", "MNIST, 60,000 training digits", "--card-licence", "not stated")
ROWS, COLUMNS, GAP = 6, 20, 1
HEADS = (
    "preset",
    "minutes",
    "real digits seen, thousands",
    "digits of 10",
    "smallest share",
    "largest share",
    "probability > 0.9",
    "asked class",
    "Fréchet distance",
    "precision",
    "recall",
)


@dataclass(frozen=True)
class Run:
    """A finished run: its description and its weight."""

    folder: Path
    described: RunFile
    weight: Path

    @classmethod
    def of(cls, folder: Path) -> Run:
        """Return the run in a folder."""
        (weight,) = folder.glob("generate-*.safetensors")
        return cls(folder, read_run(folder), weight)

    @property
    def name(self) -> str:
        """Return the preset, and whether it knew classes."""
        known = "" if self.described.task["conditional"] else ", no classes"
        return f"{self.described.task['preset']}{known}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--presets", nargs="+", choices=list(Preset), default=list(Preset))
    parser.add_argument("--count", type=int, default=10_000)
    arguments = parser.parse_args()
    runs = [trained(name, arguments.data / TRAINING, arguments.work) for name in arguments.presets]
    if arguments.pictures:
        for run in runs:
            picture = arguments.pictures / f"generate-{run.described.task['preset']}.png"
            Image.fromarray(grid(run).numpy()).save(picture, optimize=True)
        (arguments.pictures / "generate-curves.svg").write_text(curves(runs), encoding="utf-8")
    rows = [row(run, arguments.data / TEST, arguments.count) for run in runs]
    print(stamp(f"benchmarks/generate_presets.py, {arguments.count} samples, no truncation"))
    print(markdown(HEADS, rows))


def trained(preset: str, data: Path, work: Path) -> Run:
    """Return the preset's run in the folder `work`, after training it if it is not there."""
    folder = work / f"gen_{preset}"
    if not list(folder.glob("generate-*.safetensors")):
        words = ["train", "generate", "--config", f"generate-{preset}", "--data", data, "--run", folder]
        command = [sys.executable, "-m", "gantool", *map(str, words), *ABOUT]
        subprocess.run(command, check=True, stdout=sys.stderr)
    return Run.of(folder)


def row(run: Run, data: Path, count: int) -> list[str]:
    """Return the cells of one run."""
    wishes = SetWishes(data, count, 0, [str(run.weight)], "cpu", 0)
    options = EvaluateGenerateOptions(truncation=1.0)
    report = evaluate_set(plugins.load("generate"), options, wishes).report
    card = files.read_card(run.weight)
    seen = card.steps * int(run.described.trainer["batch"]) / 1000
    return [
        run.name,
        f"{60 * card.hours:.1f}",
        f"{seen:.0f}",
        f"{figure(report, 'digits found, of 10'):.0f}",
        *(
            f"{figure(report, name):.1%}"
            for name in ("smallest share", "largest share", "top probability over 0.9")
        ),
        f"{figure(report, 'asked class right'):.1%}" if card.config["labels"] else "-",
        *(
            f"{figure(report, name):.3g}"
            for name in ("digit-feature Fréchet distance", "precision", "recall")
        ),
    ]


def figure(report: SetReport, name: str) -> float:
    (found,) = (one.value for one in report.figures if one.name == name)
    return found


@torch.inference_mode()
def grid(run: Run) -> Tensor:
    """Return (H, W) uint8 of the first samples, drawn without truncation; columns are of a class."""
    loaded = files.load(run.weight, task="generate")
    config = config_of(loaded, GenerateConfig, ARCHITECTURE)
    generator = network_of(loaded, lambda: build_generator(config)).eval()
    count = ROWS * COLUMNS
    latents = torch.randn(count, config.latent, generator=torch.Generator().manual_seed(0))
    classes = torch.arange(count) % config.classes if config.classes else None
    made = generator(latents, classes)[:, 0].mul(255).round().byte()
    framed = torch.nn.functional.pad(made, (0, GAP, 0, GAP))
    side = framed.shape[1]
    return framed.view(ROWS, COLUMNS, side, side).transpose(1, 2).reshape(ROWS * side, COLUMNS * side)


def curves(runs: list[Run]) -> str:
    """Return the distance that validation measured over the real digits seen."""
    lines = []
    for run in runs:
        batch = int(run.described.trainer["batch"])
        with (run.folder / "val.csv").open(encoding="utf-8") as file:
            points = [(int(line["step"]) * batch / 1000, float(line["swd"])) for line in csv.DictReader(file)]
        lines.append(Line(run.name, points))
    return svg("Presets on MNIST", "real digits seen, thousands", "sliced Wasserstein distance x 1000", lines)


if __name__ == "__main__":
    main()
