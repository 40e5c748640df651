"""Held-out photographs of a training run: what is reached of the painting, what is kept, a grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gantool.task import Validation
from gantool.train.data.items import PictureFile
from gantool.train.held_out import grid_of, middle_of
from gantool.train.perceptual import Perceptual
from gantool_style_transfer.networks import MULTIPLE_OF
from gantool_style_transfer.style_loss import Grams, edge_distance, grams, taps

MOST = 8
SIDE = 256
LEAST = 12
"""The least side, of MULTIPLE_OF: what is left of it behind Sobel's filter takes one window of edges."""

Paint = Callable[[Tensor, int], Tensor]
"""(photograph (1, 3, h, w), its position) to the painted one."""


class HeldOut:
    """Centre crops of at most 8 held-out photographs, and their own Gram matrices."""

    def __init__(self, files: Sequence[PictureFile], perceptual: Perceptual, device: torch.device) -> None:
        self.perceptual = perceptual
        self.photos = [middle_of(file, SIDE, MULTIPLE_OF, LEAST).to(device) for file in files[:MOST]]
        self.grams = [self._grams(photo) for photo in self.photos]

    def validate(self, paint: Paint, wanted: Callable[[int], Grams]) -> Validation:
        """Measure painted photographs; the best generator is near the painting and keeps edges.

        `style` is the Gram distance to the painting over that of the untouched photograph, `edges` the SSIM
        of Sobel magnitudes.
        """
        painted = [paint(photo, index).float().clamp(0, 1) for index, photo in enumerate(self.photos)]
        style = [
            _apart(self._grams(picture), wanted(index)) / _apart(self.grams[index], wanted(index))
            for index, picture in enumerate(painted)
        ]
        edges = [
            1 - float(edge_distance(picture, photo))
            for picture, photo in zip(painted, self.photos, strict=True)
        ]
        figures = {"style": sum(style) / len(style), "edges": sum(edges) / len(edges)}
        figures["distance"] = figures["style"] + 1 - figures["edges"]
        rows = list(zip(self.photos, painted, strict=True))
        return Validation(figures, "distance", False, grid_of(rows))

    def _grams(self, picture: Tensor) -> Grams:
        with torch.no_grad():
            return grams(taps(self.perceptual, picture))


def _apart(first: Grams, second: Grams) -> float:
    """Return the mean over taps of the Gram matrices' relative distance."""
    found = [float((first[name] - second[name]).norm() / second[name].norm()) for name in first]
    return sum(found) / len(found)
