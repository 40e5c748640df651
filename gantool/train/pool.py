"""Training pictures, decoded once where they fit in memory, cut into batches of crops."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gantool.errors import TrainError
from gantool.train.data.items import PictureFile
from gantool.train.data.skipped import Skipped
from gantool.train.draws import Crop, Draws, cut_square
from gantool.train.sources import Sized, measure, open_source, to_tensor

__all__ = ["Crop", "CropPool", "to_tensor"]


class CropPool:
    """Square crops of pictures that are all decoded or read ahead.

    Pictures smaller than `size` are left out and named, unreadable ones are skipped and counted.
    What is drawn depends on `rng` and on which pictures can be read, not on when that is found out.

    Raises:
        TrainError: no picture is large enough, or more than 5 % are unreadable.
    """

    def __init__(self, files: Sequence[PictureFile], size: int, memory: int, device: torch.device) -> None:
        self.skipped = Skipped(len(files))
        known = [found for file in files if (found := measure(file, self.skipped))]
        kept = large_enough(known, size)
        self.files = [found.file for found in kept]
        self.skipped.leave_out([found.file for found in known if not found.holds(size)], size)
        self.size = size
        self._device = device
        self._draws = Draws([found.shape for found in kept], size)
        self._source = open_source(kept, memory, device, self.skipped)

    def draw(self, count: int, rng: torch.Generator) -> list[Crop]:
        """Draw `count` crops."""
        return self._draws.draw(count, rng)

    def cut(self, crops: Sequence[Crop]) -> Tensor:
        """Return (N, 3, size, size) uint8 on the pool's device; TrainError where too much is unreadable."""
        self._source.announce([crop.index for crop in crops])
        return torch.stack([self._patch(crop) for crop in crops]).to(self._device)

    def take_notes(self) -> tuple[str, ...]:
        """Return what is new since the last call: a line for each unreadable picture, one for small ones."""
        return self.skipped.take_notes()

    def _patch(self, crop: Crop) -> Tensor:
        crop, picture = self._draws.readable(crop, self._source.picture)
        return cut_square(picture, crop, self.size)


def large_enough(pictures: Sequence[Sized], size: int) -> list[Sized]:
    """Return those with both sides of `size` pixels or more; TrainError where there is none."""
    kept = [picture for picture in pictures if picture.holds(size)]
    if not kept:
        raise TrainError(
            f"none of {len(pictures)} pictures has both sides of {size} pixels or more",
            "use larger pictures or a smaller --patch",
        )
    return kept
