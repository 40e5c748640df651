"""Held-out photographs of a training run: what is reached of the painting, what is kept, a grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from gantool.task import Validation
from gantool.train.data.items import PictureFile
from gantool.train.perceptual import Perceptual
from gantool.train.pool import to_tensor
from gantool.train.reading import read_rgb
from gantool_style_transfer.networks import MULTIPLE_OF
from gantool_style_transfer.style_loss import Grams, edge_distance, grams, taps

MOST = 8
SIDE = 256

Paint = Callable[[Tensor, int], Tensor]
"""(photograph (1, 3, h, w), its position) to the painted one."""


class HeldOut:
    """Centre crops of at most 8 held-out photographs, and their own Gram matrices."""

    def __init__(self, files: Sequence[PictureFile], perceptual: Perceptual, device: torch.device) -> None:
        self.perceptual = perceptual
        self.photos = [_centre(to_tensor(read_rgb(file))).to(device) for file in files[:MOST]]
        self.grams = [self._grams(photo) for photo in self.photos]

    def validate(self, paint: Paint, wanted: Callable[[int], Grams]) -> Validation:
        """Measure painted photographs; the best generator is near the painting and keeps edges.

        `style` is the Gram distance to the painting over that of the untouched photograph, `edges` the SSIM of
        Sobel magnitudes.
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
        return Validation(figures, "distance", False, self._grid(painted))

    def _grams(self, picture: Tensor) -> Grams:
        with torch.no_grad():
            return grams(taps(self.perceptual, picture))

    def _grid(self, painted: Sequence[Tensor]) -> Tensor:
        """Return four rows of a photograph and its painting."""
        side = min(min(picture.shape[2:]) for picture in painted)
        pairs = list(zip(self.photos, painted, strict=True))[:4]
        rows = [torch.cat([image[0, :, :side, :side] for image in pair], 2) for pair in pairs]
        return torch.cat(rows, 1).cpu()


def _apart(first: Grams, second: Grams) -> float:
    """Return the mean over taps of the Gram matrices' relative distance."""
    found = [float((first[name] - second[name]).norm() / second[name].norm()) for name in first]
    return sum(found) / len(found)


def _centre(picture: Tensor) -> Tensor:
    height, width = (min(side, SIDE) // MULTIPLE_OF * MULTIPLE_OF for side in picture.shape[1:])
    y, x = (picture.shape[1] - height) // 2, (picture.shape[2] - width) // 2
    return picture[None, :, y : y + height, x : x + width].float().div(255)
