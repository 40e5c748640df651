"""Does a GAN help a classifier that has few digits? Trained alone, with augmentation, samples, both.

    python benchmarks/augment_digits.py --data digits/ --work work/ --steps 1200

`--data` holds the four files of MNIST. For each size, a subset is drawn, `gantool train generate` learns from
it alone, `gantool sample generate --augment` draws and filters, and classifiers of five seeds are measured on
the 10,000 test digits. What is in `--work` already is used again.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import torch
import torch.nn.functional as functional
from machine import stamp
from PIL import Image
from tables import markdown
from torch import Tensor

from gantool_generate.classifier import DIGITS, DigitClassifier
from gantool_generate.data import LabelledImages, open_images

SIZES = (20, 50, 100)
SEEDS = 5
STEPS, BATCH, RATE = 400, 64, 4e-3
SHARE = 0.5
"""Of a batch, where made digits are used, so much is made."""
TURN, SCALE, SHIFT = 0.26, 0.12, 0.1
"""Classical augmentation: radians, part of the size, part of half a side; each drawn from +- that."""


class Way(Enum):
    """What a classifier learns from."""

    ALONE = "real digits alone"
    CLASSICAL = "classical augmentation"
    MADE = "GAN samples"
    BOTH = "both"


@dataclass(frozen=True)
class Digits:
    """Images (N, 1, 28, 28) in [0, 1] and their digits (N,)."""

    images: Tensor
    labels: Tensor

    @classmethod
    def of(cls, found: LabelledImages) -> Digits:
        """Return the digits that classes are named by."""
        assert found.labels is not None
        names = torch.tensor([int(name) for name in found.class_names])
        return cls(found.images.float().div(255), names[found.labels])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1200, help="of each GAN, 32 digits each")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="real digits of a class")
    parser.add_argument("--per-class", type=int, default=500, help="made digits of a class")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    arguments = parser.parse_args()
    train = open_images(arguments.data / "train-images-idx3-ubyte.gz")
    test = Digits.of(open_images(arguments.data / "t10k-images-idx3-ubyte.gz"))
    rows = []
    for size in arguments.sizes:
        real, made = prepare(train, size, arguments.work, arguments.steps, arguments.per_class)
        rows.append([str(size), *(cell(way, real, made, test, arguments.seeds) for way in Way)])
        print(rows[-1], file=sys.stderr, flush=True)
    print(stamp("benchmarks/augment_digits.py"))
    print(markdown(["real digits per class", *(way.value for way in Way)], rows))


def prepare(
    train: LabelledImages, size: int, work: Path, steps: int, per_class: int
) -> tuple[Digits, Digits]:
    """Return the subset, and what a GAN that saw nothing else made of it."""
    subset, run, made = (work / f"{name}-{size}" for name in ("real", "run", "made"))
    if not subset.exists():
        write_subset(train, size, subset)
    weight = run / "generate-few.safetensors"
    if not weight.exists():
        options = ["--preset", "style", "--name", "few", "--width", "16", "--batch", "32", "--ema", "0.995"]
        game = ["--augment", "ada", "--ada-speed", "20", "--steps", steps, "--val-every", "100000"]
        gantool("train", "generate", "--data", subset, *options, *game, "--run", run)
    if not made.exists():
        wanted = ["--augment", subset, "--per-class", str(per_class), "--compare-by", "pixels", "-o", made]
        gantool("sample", "generate", "--weights", weight, *wanted)
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


def cell(way: Way, real: Digits, made: Digits, test: Digits, seeds: int) -> str:
    """Return mean and standard deviation of the accuracy over seeds, in percent."""
    scores = [100 * accuracy(learn(way, real, made, seed), test) for seed in range(seeds)]
    spread = statistics.stdev(scores) if seeds > 1 else 0.0
    return f"{statistics.mean(scores):.2f} ± {spread:.2f}"


def learn(way: Way, real: Digits, made: Digits, seed: int) -> DigitClassifier:
    """Train a classifier; every way has as many steps and as large batches."""
    torch.manual_seed(seed)
    classifier = DigitClassifier()
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS)
    sets = [(made, SHARE), (real, 1 - SHARE)] if way in (Way.MADE, Way.BOTH) else [(real, 1.0)]
    for _ in range(STEPS):
        images, labels = drawn(sets)
        if way in (Way.CLASSICAL, Way.BOTH):
            images = warped(images)
        loss = functional.cross_entropy(classifier(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return classifier.eval()


def drawn(sets: Sequence[tuple[Digits, float]]) -> tuple[Tensor, Tensor]:
    """Draw a batch out of sets, each with its share."""
    parts = []
    for digits, share in sets:
        rows = torch.randint(len(digits.images), (round(share * BATCH),))
        parts.append((digits.images[rows], digits.labels[rows]))
    images, labels = zip(*parts, strict=True)
    return torch.cat(images), torch.cat(labels)


def warped(images: Tensor) -> Tensor:
    """Turn, scale and move each image a little."""
    count = len(images)
    turn, size, x, y = ((2 * torch.rand(count) - 1) * most for most in (TURN, SCALE, SHIFT, SHIFT))
    cosine, sine = turn.cos() * (1 + size), turn.sin() * (1 + size)
    matrix = torch.stack([cosine, -sine, x, sine, cosine, y], 1).view(-1, 2, 3)
    return functional.grid_sample(
        images, functional.affine_grid(matrix, list(images.shape)), align_corners=False
    )


@torch.inference_mode()
def accuracy(classifier: DigitClassifier, test: Digits) -> float:
    said = torch.cat([classifier(part).argmax(1) for part in test.images.split(1000)])
    return float((said == test.labels).float().mean())


if __name__ == "__main__":
    main()
