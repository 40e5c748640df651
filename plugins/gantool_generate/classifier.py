"""A small digit classifier: what made digits are judged by, and whose features distances are taken in."""

from __future__ import annotations

import itertools

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gantool_generate.known import CLASSIFIER_ID

__all__ = ["CLASSIFIER_ARCHITECTURE", "CLASSIFIER_ID", "DIGITS", "DIGIT_SIDE", "DigitClassifier"]

CLASSIFIER_ARCHITECTURE = "gantool-generate-digit-classifier"
DIGIT_SIDE, DIGITS = 28, 10
WIDTHS = (32, 64)
FEATURES = 64


class DigitClassifier(nn.Module):
    """Two stages of convolutions with batch norm at 14 x 14 and 7 x 7 cells, means, one dense layer."""

    def __init__(self) -> None:
        super().__init__()
        pairs = list(itertools.pairwise((4, *WIDTHS)))
        self.first = nn.ModuleList(nn.Conv2d(*pair, 3, 1, 1, bias=False) for pair in pairs)
        self.second = nn.ModuleList(nn.Conv2d(width, width, 3, 1, 1, bias=False) for width in WIDTHS)
        self.first_norms = nn.ModuleList(nn.BatchNorm2d(width) for width in WIDTHS)
        self.second_norms = nn.ModuleList(nn.BatchNorm2d(width) for width in WIDTHS)
        self.judge = nn.Linear(FEATURES, DIGITS)

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, 1, 28, 28) in [0, 1], light on black, to logits (N, 10)."""
        logits: Tensor = self.judge(self.features(images))
        return logits

    def features(self, images: Tensor) -> Tensor:
        """Map (N, 1, 28, 28) in [0, 1] to features (N, 64), which are not negative."""
        cells = functional.pixel_unshuffle(images * 2 - 1, 2)
        grid = cells.contiguous(memory_format=torch.channels_last)
        stages = zip(self.first, self.first_norms, self.second, self.second_norms, strict=True)
        for index, (first, norm1, second, norm2) in enumerate(stages):
            if index:
                grid = functional.max_pool2d(grid, 2)
            grid = functional.relu(norm1(first(grid)))
            grid = functional.relu(norm2(second(grid)))
        return grid.mean((2, 3))
