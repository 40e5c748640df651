"""Held-out pictures of a recipe: the middles that are measured, and a grid to look at."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gantool.errors import TrainError
from gantool.train.data.items import PictureFile
from gantool.train.reading import read_rgb
from gantool.train.sources import to_tensor

GRID_SIDE = 192
GRID_ROWS = 4


def middle_of(file: PictureFile, side: int, multiple: int = 1, least: int = 1) -> Tensor:
    """Return a picture's middle, (1, 3, h, w) in [0, 1]; its sides are at most `side`, and of `multiple`.

    Raises:
        ImageError: the file cannot be decoded.
        TrainError: a side of it is below `multiple`, or below `least`.
    """
    picture = to_tensor(read_rgb(file))
    if min(picture.shape[1:]) < max(multiple, least):
        raise _too_small(file, picture, max(multiple, least))
    height, width = (min(length, side) // multiple * multiple for length in picture.shape[1:])
    y, x = (picture.shape[1] - height) // 2, (picture.shape[2] - width) // 2
    return picture[None, :, y : y + height, x : x + width].float().div(255)


def _too_small(file: PictureFile, picture: Tensor, least: int) -> TrainError:
    height, width = picture.shape[1:]
    return TrainError(
        f"{file} has {width} x {height} pixels, and to validate takes both sides of {least} or more",
        "leave it out, or name other pictures with --val",
    )


def grid_of(rows: Sequence[Sequence[Tensor]]) -> Tensor:
    """Return (3, H, W) of rows of pictures (1, 3, h, w), all cut to one size.

    At most four rows are chosen, evenly; what goes beyond [0, 1] is clipped.
    """
    chosen = rows[:: max(1, len(rows) // GRID_ROWS)][:GRID_ROWS]
    sides = [(image.shape[2], image.shape[3]) for row in chosen for image in row]
    height, width = (min(GRID_SIDE, *lengths) for lengths in zip(*sides, strict=True))
    lines = [torch.cat([image[0, :, :height, :width] for image in row], 2) for row in chosen]
    return torch.cat(lines, 1).clamp(0, 1).cpu()
