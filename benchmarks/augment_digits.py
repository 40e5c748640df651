"""Does a GAN help a classifier that has few digits? Trained alone, with augmentation, samples, both.

    python benchmarks/augment_digits.py --data DIR --work DIR [--steps N] [--sizes N ...] [--seeds N]

`--data` holds the four files of MNIST. For each size, a subset is drawn, `gantool train generate` learns from
it alone, `gantool sample generate --augment` draws and filters, and classifiers of five seeds are measured on
the 10,000 test digits. How made digits are used beside classical augmentation is chosen on 5,000 training
digits that nothing else sees. What is in `--work` already is used again.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from augment_learning import Digits, Lesson, accuracy, agreed, learn
from machine import stamp
from PIL import Image
from tables import markdown

from gantool_generate.classifier import DIGITS
from gantool_generate.data import LabelledImages, open_images

SIZES = (20, 50, 100)
SEEDS, TRIAL_SEEDS = 5, 2
VALIDATION = 5000
SHARE = 0.5
"""Of a batch, where made digits are used without augmentation."""
HEADS = (
    "real digits per class",
    "alone",
    "classical augmentation",
    "GAN samples",
    "both, half and half",
    "both, as chosen",
    "chosen: share made",
)


@dataclass(frozen=True)
class Use:
    """How made digits are used beside classical augmentation: a share of each batch, all or some of them."""

    share: float
    agreed: bool

    def __str__(self) -> str:
        return f"{self.share:g}{', agreed' if self.agreed else ''}"


USES = (Use(0.5, False), Use(0.5, True), Use(0.25, True), Use(0.1, True))


@dataclass(frozen=True)
class Study:
    """A subset, what a GAN that saw nothing else made of it, and what it is measured on."""

    real: Digits
    made: Digits
    validation: Digits
    test: Digits

    def lesson(self, use: Use) -> Lesson:
        """Return the lesson of made digits beside classical augmentation."""
        judge = learn(Lesson(self.real, warp=True), SEEDS) if use.agreed else None
        made = self.made if judge is None else agreed(self.made, judge)
        return Lesson(self.real, made, use.share, warp=True)

    def chosen(self) -> Use:
        """Return the use with the highest mean accuracy on the validation digits."""
        found = {use: self._tried(use) for use in USES}
        return max(found, key=lambda use: found[use])

    def _tried(self, use: Use) -> float:
        lesson = self.lesson(use)
        scores = [accuracy(learn(lesson, 100 + seed), self.validation) for seed in range(TRIAL_SEEDS)]
        print(f"  {use}: {statistics.mean(scores):.2f} on validation digits", file=sys.stderr, flush=True)
        return statistics.mean(scores)

    def cells(self, seeds: int) -> list[str]:
        """Return mean and standard deviation of the accuracy over seeds, in percent, of every way."""
        use = self.chosen()
        lessons = (
            Lesson(self.real),
            Lesson(self.real, warp=True),
            Lesson(self.real, self.made, SHARE),
            self.lesson(USES[0]),
            self.lesson(use),
        )
        cells = []
        for lesson in lessons:
            scores = [accuracy(learn(lesson, seed), self.test) for seed in range(seeds)]
            spread = statistics.stdev(scores) if seeds > 1 else 0.0
            cells.append(f"{statistics.mean(scores):.2f} ± {spread:.2f}")
            print(f"  {cells[-1]}", file=sys.stderr, flush=True)
        return [*cells, str(use)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=4000, help="of each GAN, 32 digits each")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="real digits of a class")
    parser.add_argument("--per-class", type=int, default=300, help="made digits of a class")
    parser.add_argument("--truncation", type=float, default=0.7, help="of made digits")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    arguments = parser.parse_args()
    train = open_images(arguments.data / "train-images-idx3-ubyte.gz")
    test = Digits.of(open_images(arguments.data / "t10k-images-idx3-ubyte.gz"))
    validation = Digits.of(train)[slice(-VALIDATION, None)]
    rows = []
    for size in arguments.sizes:
        real, made = prepared(train, size, arguments)
        rows.append([str(size), *Study(real, made, validation, test).cells(arguments.seeds)])
        print(rows[-1], file=sys.stderr, flush=True)
    print(stamp("benchmarks/augment_digits.py"))
    print(markdown(HEADS, rows))


def prepared(train: LabelledImages, size: int, wishes: argparse.Namespace) -> tuple[Digits, Digits]:
    """Return the subset, and what a GAN that saw nothing else made of it."""
    subset, run, made = (wishes.work / f"{name}-{size}" for name in ("real", "run", "made"))
    if not subset.exists():
        write_subset(train, size, subset)
    weight = run / "generate-few.safetensors"
    if not weight.exists():
        options = ["--preset", "style", "--name", "few", "--width", "16", "--batch", "32", "--ema", "0.998"]
        game = ["--augment", "ada", "--ada-speed", "20", "--steps", wishes.steps]
        gantool("train", "generate", "--data", subset, *options, *game, "--run", run)
    if not made.exists():
        wanted = ["--augment", subset, "--per-class", wishes.per_class, "--compare-by", "pixels", "-o", made]
        gantool("sample", "generate", "--weights", weight, "--truncation", wishes.truncation, *wanted)
    return Digits.of(open_images(subset)), Digits.of(open_images(made))


def write_subset(train: LabelledImages, size: int, folder: Path) -> None:
    """Write the first `size` digits of each class as a folder of classes."""
    assert train.labels is not None
    for digit in range(DIGITS):
        (folder / str(digit)).mkdir(parents=True)
        for index in (train.labels == digit).nonzero()[:size, 0].tolist():
            Image.fromarray(train.images[index, 0].numpy()).save(folder / str(digit) / f"{index}.png")


def gantool(*arguments: object) -> None:
    command = [sys.executable, "-m", "gantool", *map(str, arguments)]
    subprocess.run(command, check=True, stdout=sys.stderr)


if __name__ == "__main__":
    main()
