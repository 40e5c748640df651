"""Held-out pictures: measured and looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as functional
from gantool.train.data.items import PictureFile
from gantool.train.pool import to_tensor
from gantool.train.reading import read_rgb
from torch import Tensor, nn

from gantool_colorize.colour import luma, merged
from gantool_colorize.options import GENERATOR_MULTIPLE

LONGEST = 256
GRID_SIDE = 128


class HeldOut:
    """The middles of held-out pictures, reduced as training patches are."""

    def __init__(self, files: Sequence[PictureFile], reduce: int, device: torch.device) -> None:
        self.pictures = [_middle(to_tensor(read_rgb(file)), reduce).to(device) for file in files]

    def __iter__(self) -> Iterator[Tensor]:
        """Yield the pictures, (1, 3, H, W) in [0, 1]."""
        return iter(self.pictures)

    def coloured(self, generator: nn.Module) -> list[Tensor]:
        """Return what the generator makes of them."""
        grey = [luma(picture) for picture in self.pictures]
        return [merged(bright, generator(bright).float()).clamp(0, 1) for bright in grey]

    def grid(self, outputs: Sequence[Tensor]) -> Tensor | None:
        """Return up to four rows of grey, output and truth."""
        rows = []
        for output, picture in list(zip(outputs, self.pictures, strict=True))[:4]:
            grey = luma(picture).expand_as(picture)
            side = min(GRID_SIDE, *picture.shape[2:])
            rows.append(torch.cat([image[0, :, :side, :side] for image in (grey, output, picture)], 2))
        side = min((row.shape[1] for row in rows), default=0)
        return torch.cat([row[:, :side, : 3 * side] for row in rows], 1).cpu() if rows else None


def _middle(picture: Tensor, reduce: int) -> Tensor:
    """Return the middle of (3, H, W) uint8, reduced, (1, 3, h, w) in [0, 1], of sides the network takes."""
    small = functional.avg_pool2d(picture[None].float().div(255), reduce)
    height, width = (
        min(side, LONGEST) // GENERATOR_MULTIPLE * GENERATOR_MULTIPLE for side in small.shape[2:]
    )
    top, left = (small.shape[2] - height) // 2, (small.shape[3] - width) // 2
    return small[:, :, top : top + height, left : left + width]
