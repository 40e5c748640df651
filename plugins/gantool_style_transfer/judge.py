"""Photograph, what was made of it, and a painting, seen by VGG16 once and compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from gantool.inference.precision import Precision, choose_precision, torch_dtype
from gantool.train.perceptual import Perceptual, load_perceptual
from gantool_style_transfer.distances import (
    Features,
    Manner,
    content_distance,
    edge_ssim,
    features,
    manner,
    reached,
)
from gantool_style_transfer.evaluate import LONGEST
from gantool_style_transfer.strokes import resized
from gantool_style_transfer.style_image import read_painting


@dataclass(frozen=True)
class Figures:
    """What is kept (`edges` 1 is all, `content` 0 is all) and what is reached (1: nothing, 0: all).

    What is reached is NaN where the photograph is the painting.
    """

    edges: float
    content: float
    style: float
    patches: float


@dataclass
class Judge:
    """Compares; the last pair's figures are kept, since each metric asks for them anew."""

    perceptual: Perceptual
    painting: Manner | None
    _output: Tensor | None = None
    _figures: Figures | None = None

    @classmethod
    def of(cls, painting: Path | None, backbone: Path | None) -> Judge:
        """Load the VGG16, and look at the painting.

        Raises:
            WeightError: there is no stored VGG16.
            ImageError: the painting cannot be used.
        """
        perceptual = load_perceptual(backbone)
        return cls(perceptual, None if painting is None else manner_of(perceptual, painting))

    def figures(self, output: Tensor, photo: Tensor) -> Figures:
        """Return the figures of two pictures (1, C, H, W) in [0, 1], of one size.

        Without a painting nothing is reached.
        """
        if self._figures is None or output is not self._output:
            self._output, self._figures = output, self._measured(output, photo)
        return self._figures

    def _measured(self, output: Tensor, photo: Tensor) -> Figures:
        made, before = (seen(self.perceptual, image) for image in (output, photo))
        edges, content = edge_ssim(output, photo), content_distance(made, before)
        if self.painting is None:
            return Figures(edges, content, 1.0, 1.0)
        style, patches = reached(manner(made), manner(before), self.painting)
        return Figures(edges, content, style, patches)


def manner_of(perceptual: Perceptual, painting: Path) -> Manner:
    """Return the manner of a painting's file; ImageError where it cannot be used."""
    return manner(seen(perceptual, read_painting(painting)))


@torch.inference_mode()
def seen(perceptual: Perceptual, image: Tensor) -> Features:
    """Return the features of a picture, reduced where it is large.

    They are computed in the fastest format of the machine that is safe; in bf16 shares of distances moved by
    less than one in a thousand.
    """
    factor = min(1.0, LONGEST / max(image.shape[2:]))
    height, width = (round(side * factor) for side in image.shape[2:])
    precision = choose_precision(Precision.AUTO, image.device)
    lower = precision is not Precision.FP32
    with torch.autocast(image.device.type, torch_dtype(precision), enabled=lower):
        found = features(perceptual, resized(image, height, width))
    return {name: tap.float() for name, tap in found.items()}
