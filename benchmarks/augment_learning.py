"""Classifiers that learn from few digits, from made ones, or from both; for `augment_digits.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from gantool_generate.classifier import DigitClassifier
from gantool_generate.data import LabelledImages

STEPS, BATCH, RATE = 400, 64, 4e-3
TURN, SCALE, SHIFT = 0.26, 0.12, 0.1
"""Classical augmentation: radians, part of the size, part of half a side; each drawn from +- that."""


@dataclass(frozen=True)
class Digits:
    """Images (N, 1, 28, 28) in [0, 1] and their digits (N,)."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, rows: Tensor | slice) -> Digits:
        return Digits(self.images[rows], self.labels[rows])

    @classmethod
    def of(cls, found: LabelledImages) -> Digits:
        """Return the digits that classes are named by."""
        assert found.labels is not None
        names = torch.tensor([int(name) for name in found.class_names])
        return cls(found.images.float().div(255), names[found.labels])


@dataclass(frozen=True)
class Lesson:
    """What a classifier learns from: a share of each batch is `made`, all of it is warped or nothing is."""

    real: Digits
    made: Digits | None = None
    share: float = 0.0
    warp: bool = False


def learn(lesson: Lesson, seed: int) -> DigitClassifier:
    """Train a classifier; every lesson has as many steps and as large batches."""
    torch.manual_seed(seed)
    classifier = DigitClassifier()
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS)
    sets = [(lesson.real, 1 - lesson.share)]
    if lesson.made is not None and lesson.share:
        sets.insert(0, (lesson.made, lesson.share))
    for _ in range(STEPS):
        images, labels = drawn(sets)
        loss = functional.cross_entropy(classifier(warped(images) if lesson.warp else images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return classifier.eval()


def drawn(sets: Sequence[tuple[Digits, float]]) -> tuple[Tensor, Tensor]:
    """Draw a batch out of sets, each with its share."""
    parts = [digits[torch.randint(len(digits), (round(share * BATCH),))] for digits, share in sets]
    return torch.cat([part.images for part in parts]), torch.cat([part.labels for part in parts])


def warped(images: Tensor) -> Tensor:
    """Turn, scale and move each image a little."""
    count = len(images)
    turn, size, x, y = ((2 * torch.rand(count) - 1) * most for most in (TURN, SCALE, SHIFT, SHIFT))
    cosine, sine = turn.cos() * (1 + size), turn.sin() * (1 + size)
    matrix = torch.stack([cosine, -sine, x, sine, cosine, y], 1).view(-1, 2, 3)
    grid = functional.affine_grid(matrix, list(images.shape), align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def agreed(made: Digits, judge: DigitClassifier) -> Digits:
    """Return the made digits that a classifier of the real ones takes for what they were asked to be."""
    return made[said(judge, made) == made.labels]


def accuracy(classifier: DigitClassifier, digits: Digits) -> float:
    """Return the share that is told right, in percent."""
    return 100 * float((said(classifier, digits) == digits.labels).float().mean())


@torch.inference_mode()
def said(classifier: DigitClassifier, digits: Digits) -> Tensor:
    return torch.cat([classifier(part).argmax(1) for part in digits.images.split(1000)])
