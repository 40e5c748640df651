"""The paintings of a run: reduced to one size, cut into crops at several scales."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as functional
from torch import Tensor

from gantool.errors import TrainError, UsageError
from gantool.paths import is_file
from gantool.train.data.listing import list_place
from gantool.train.pool import to_tensor
from gantool_style_transfer.encoder import colours
from gantool_style_transfer.style_image import as_seen

SCALES = (0.75, 1.25)
"""Crops are from this to that times their side, and resized to it: strokes of several sizes."""


class Paintings:
    """Paintings whose longest side is at most `side` pixels, to be looked at whole and from nearer.

    Crops are taken from up to `zoom` times as near: with 2, strokes are up to twice as large.

    Raises:
        UsageError: there is none.
        TrainError: one is too small to cut patches of `patch` pixels from.
    """

    def __init__(
        self, place: Path | None, side: int, patch: int, device: torch.device, zoom: float = 1.0
    ) -> None:
        if place is None:
            raise UsageError("--style is needed", "name a painting's file, or a folder of paintings")
        self.files = _files(place)
        self._near = [_reduced(_read(path, device), round(side * zoom)) for path in self.files]
        self.pictures = [_reduced(picture, side) for picture in self._near]
        self.palettes = torch.cat([colours(picture) for picture in self.pictures])
        needed = int(patch * SCALES[1])
        for path, picture in zip(self.files, self.pictures, strict=True):
            if min(picture.shape[2:]) < needed:
                height, width = picture.shape[2:]
                raise TrainError(
                    f"{path} is {width} x {height} pixels once its longest side is at most {side}; patches "
                    f"of {patch} need both sides of {needed} or more",
                    "use a larger picture, a larger --painting-side or a smaller --patch",
                )

    def crops(self, count: int, patch: int, rng: torch.Generator) -> Tensor:
        """Draw (count, 3, patch, patch), each of any painting and scale, mirrored or not."""
        indices = torch.randint(len(self.pictures), (count,), generator=rng).tolist()
        return torch.cat([self.crop(index, patch, rng) for index in indices])

    def crop(self, index: int, patch: int, rng: torch.Generator) -> Tensor:
        """Draw (1, 3, patch, patch) of one painting, as large as the painting has it or less."""
        picture, whole = self._near[index], self.pictures[index]
        low, high = SCALES
        high *= max(picture.shape[2:]) / max(whole.shape[2:])
        wanted = low + (high - low) * float(torch.rand((), generator=rng))
        side = min(int(patch * wanted), *picture.shape[2:])
        places = torch.rand(2, generator=rng).tolist()
        y, x = (int(at * (room - side + 1)) for at, room in zip(places, picture.shape[2:], strict=True))
        cut = picture[:, :, y : y + side, x : x + side]
        cut = cut.flip(3) if float(torch.rand((), generator=rng)) < 0.5 else cut
        return _resized(cut, patch, patch)


def _files(place: Path) -> Sequence[Path]:
    if is_file(place):
        return (place,)
    return tuple(Path(str(file)) for file in list_place(place).checked(place).pictures)


def _read(path: Path, device: torch.device) -> Tensor:
    """Return a picture as (1, 3, h, w) in [0, 1]."""
    return to_tensor(as_seen(path)).to(device)[None].float().div(255)


def _reduced(image: Tensor, side: int) -> Tensor:
    """Return `image` (1, 3, h, w) with the longest side at most `side`."""
    factor = side / max(image.shape[2:])
    if factor >= 1:
        return image
    height, width = (max(1, round(length * factor)) for length in image.shape[2:])
    return _resized(image, height, width)


def _resized(image: Tensor, height: int, width: int) -> Tensor:
    if image.shape[2:] == (height, width):
        return image
    resized = functional.interpolate(image, (height, width), mode="bicubic", antialias=True)
    return resized.clamp(0, 1)
