"""Trains the small digit classifier that `gantool evaluate generate` judges made digits by.

    python benchmarks/digit_classifier.py --data digits/ --output generate-digit-classifier.safetensors

`--data` holds the four files of MNIST. Nothing is chosen by the test set; it is looked at once, at the end.
"""

from __future__ import annotations

import argparse
import datetime
import time
from pathlib import Path

import torch
import torch.nn.functional as functional
from torch import Tensor

from gantool.train.export import commit_of_checkout, machine
from gantool.weights.card import Card, Measured
from gantool.weights.files import save
from gantool_generate.classifier import CLASSIFIER_ARCHITECTURE, CLASSIFIER_ID, DigitClassifier
from gantool_generate.data import LabelledImages, open_images

SHIFT = 2
DATA = "MNIST, 60,000 training digits"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=128)
    arguments = parser.parse_args()
    train = open_images(arguments.data / "train-images-idx3-ubyte.gz")
    test = open_images(arguments.data / "t10k-images-idx3-ubyte.gz")
    torch.manual_seed(0)
    classifier = DigitClassifier().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    started = time.perf_counter()
    steps = fit(classifier, train, arguments.epochs, arguments.batch)
    seconds = time.perf_counter() - started
    right, sure = judge(classifier, test)
    print(f"{right:.2%} of {len(test)} test digits, {sure:.2%} with a probability above 0.9, {seconds:.0f} s")
    save(arguments.output, classifier.state_dict(), card(right, sure, steps, seconds))


def fit(classifier: DigitClassifier, data: LabelledImages, epochs: int, batch: int) -> int:
    """Train by AdamW in one cycle of the learning rate, on digits moved by up to two pixels."""
    assert data.labels is not None
    steps = epochs * (len(data) // batch)
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=4e-3, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    classifier.train()
    for step in range(steps):
        if not step % (len(data) // batch):
            order = torch.randperm(len(data))
        rows = order[step * batch % (len(data) // batch * batch) :][:batch]
        images = moved(data.images[rows].float().div(255))
        with torch.autocast("cpu", torch.bfloat16):
            logits = classifier(images)
        loss = functional.cross_entropy(logits.float(), data.labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if not step % 100:
            print(f"step {step} of {steps}: {loss.item():.3f}", flush=True)
    return steps


def moved(images: Tensor) -> Tensor:
    """Move each eighth of a batch by whole pixels, up to two of them each way."""
    parts = []
    for part in images.split(max(1, len(images) // 8)):
        x, y = torch.randint(-SHIFT, SHIFT + 1, (2,)).tolist()
        padded = functional.pad(part, (SHIFT, SHIFT, SHIFT, SHIFT))
        parts.append(padded[:, :, SHIFT + y :, SHIFT + x :][:, :, : part.shape[2], : part.shape[3]])
    return torch.cat(parts)


@torch.inference_mode()
def judge(classifier: DigitClassifier, data: LabelledImages) -> tuple[float, float]:
    """Return the shares that are told right and that get a top probability above 0.9."""
    assert data.labels is not None
    classifier.eval()
    parts = [classifier(part.float().div(255)).softmax(1) for part in data.images.split(500)]
    top, found = torch.cat(parts).max(1)
    return float((found == data.labels).float().mean()), float((top > 0.9).float().mean())


def card(right: float, sure: float, steps: int, seconds: float) -> Card:
    """Return what the weight says of itself."""
    protocol = "10,000 test digits, float32"
    return Card(
        id=CLASSIFIER_ID,
        task="generate",
        architecture=CLASSIFIER_ARCHITECTURE,
        config={"side": 28, "classes": 10},
        licence="Apache-2.0",
        summary="tells digits, to judge made ones by",
        data=DATA,
        data_licence="not stated",
        commit=commit_of_checkout(),
        steps=steps,
        hours=round(seconds / 3600, 3),
        machine=machine("cpu"),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        measured=(
            Measured("accuracy", round(right, 4), "MNIST test", protocol),
            Measured("share above 0.9", round(sure, 4), "MNIST test", f"top probability; {protocol}"),
        ),
    )


if __name__ == "__main__":
    main()
