"""The output picture, filled tile by tile in its final number format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from gantool.task import Box, Picture

if TYPE_CHECKING:
    from torch import Tensor

STRIP_PIXELS = 2**20
"""How much of an input is copied at once where a task leaves it as it is."""


class Canvas:
    """An array (H, W, C) of uint8, uint16 or float32 that takes float tiles.

    Only this array stands whole: a tile is rounded where it was computed and then laid down.
    """

    def __init__(self, width: int, height: int, channels: int, dtype: DTypeLike) -> None:
        self.pixels: NDArray[Any] = np.empty((height, width, channels), dtype)

    def put(self, box: Box, tile: Tensor, first_channel: int = 0) -> None:
        """Lay `tile` (1, C, box.height, box.width) down at `box`; what is outside the picture is left out.

        A tile of three channels is averaged into a canvas of one. Values are clipped to [0, 1] and
        rounded, except on a float32 canvas, which keeps them as they are.
        """
        height, width, channels = self.pixels.shape
        tile = tile[0, :, : height - box.y, : width - box.x]
        if tile.shape[0] > channels:
            tile = tile.float().mean(0, keepdim=True)
        place = self.pixels[box.y : box.y + box.height, box.x : box.x + box.width]
        place[..., first_channel : first_channel + tile.shape[0]] = _rounded(tile, self.pixels.dtype)

    def copy_from(self, picture: Picture, first_channel: int = 0) -> None:
        """Fill the canvas, of the picture's own size, with the picture's channels."""
        rows = max(1, STRIP_PIXELS // picture.width)
        for top in range(0, picture.height, rows):
            box = Box(0, top, picture.width, min(rows, picture.height - top))
            self.put(box, picture.crop(box), first_channel)


def _rounded(tile: Tensor, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return (h, w, C) in `dtype`, from (C, h, w) on any device."""
    import torch

    tile = tile.permute(1, 2, 0).float()
    if dtype.kind == "f":
        return tile.cpu().numpy()
    levels = tile.clamp(0, 1).mul_(float(np.iinfo(dtype).max)).round_()
    # Torch computes little in uint16; NumPy takes the integers over.
    kind = torch.uint8 if dtype == np.uint8 else torch.int32
    return levels.to(kind).cpu().numpy()
