"""What made and real pictures are compared by, and which of it suits which pictures."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor

from gantool.errors import UsageError, WeightError
from gantool.networks.loading import network_of
from gantool.task import Features, Labelled
from gantool.train.perceptual import backbone_path, load_perceptual
from gantool.weights import files, store
from gantool_generate.classifier import CLASSIFIER_ARCHITECTURE, CLASSIFIER_ID, DIGIT_SIDE, DigitClassifier
from gantool_generate.options import CompareBy

TASK = "generate"
DIGIT_NAMES = tuple("0123456789")
AGREEMENT, ASKED = 0.9, 512
"""Of so many real pictures the classifier must agree with so many labels, or they are no digits."""
POOLED = 16
"""The longest side of pooled pixels."""
DIGIT_FEATURES, VGG_FEATURES, PIXEL_FEATURES = "digit", "VGG16", "pixel"


def features_for(wanted: CompareBy, real: Labelled, device: torch.device) -> Features:
    """Return the features that are wanted, or that suit these pictures.

    Raises:
        UsageError: the pictures are not what digits are.
        WeightError: the classifier or the backbone is wanted and is not there.
    """
    chosen = _suiting(real, device) if wanted is CompareBy.auto else wanted
    match chosen:
        case CompareBy.digits:
            if tuple(real.images.shape[1:]) != (1, DIGIT_SIDE, DIGIT_SIDE):
                raise UsageError(
                    "these pictures are no digits of 28 x 28 pixels", "choose another --compare-by"
                )
            return Features(DIGIT_FEATURES, load_classifier(device).features)
        case CompareBy.vgg16:
            perceptual = load_perceptual().to(device)
            return Features(VGG_FEATURES, lambda images: _pooled_taps(perceptual.taps(_coloured(images))))
        case _:
            return Features(PIXEL_FEATURES, pooled_pixels)


def load_classifier(device: torch.device) -> DigitClassifier:
    """Return the shipped digit classifier.

    Raises:
        WeightError: it is missing, or the file is another network's.
    """
    path = store.resolve(CLASSIFIER_ID)
    weight = files.load(path, task=TASK)
    if weight.card.architecture != CLASSIFIER_ARCHITECTURE:
        raise WeightError(f"{path} is no digit classifier", "take the shipped one")
    classifier = network_of(weight, DigitClassifier)
    return classifier.to(device).eval().requires_grad_(False)


@torch.inference_mode()
def are_digits(real: Labelled, classifier: DigitClassifier) -> bool:
    """Return whether the classifier knows these pictures: names 0 to 9 alone could be anything."""
    if tuple(real.images.shape[1:]) != (1, DIGIT_SIDE, DIGIT_SIDE) or real.labels is None:
        return False
    if any(name not in DIGIT_NAMES for name in real.classes):
        return False
    step = max(1, len(real.images) // ASKED)
    device = next(classifier.parameters()).device
    said = classifier(real.images[::step].to(device).float() / 255).argmax(1).cpu()
    digits = torch.tensor([int(name) for name in real.classes])
    return float((said == digits[real.labels[::step].cpu()]).float().mean()) >= AGREEMENT


def pooled_pixels(images: Tensor) -> Tensor:
    """Return (N, C, H, W) as means over cells, flat, so that a shift by a pixel is no great distance."""
    side = min(POOLED, -(-images.shape[2] // 2))
    return functional.adaptive_avg_pool2d(images, side).flatten(1)


def _suiting(real: Labelled, device: torch.device) -> CompareBy:
    try:
        if are_digits(real, load_classifier(device)):
            return CompareBy.digits
    except WeightError:
        pass  # The classifier is not installed: something else is compared by, and named.
    return CompareBy.vgg16 if backbone_path().exists() else CompareBy.pixels


def _coloured(images: Tensor) -> Tensor:
    return images.expand(-1, 3, -1, -1)


def _pooled_taps(taps: dict[str, Tensor]) -> Tensor:
    """Return the means over places of the last tap, (N, 512)."""
    *_, last = taps.values()
    return last.mean((2, 3))
