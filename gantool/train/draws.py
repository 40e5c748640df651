"""Which crops a step sees: a function of the step's generator alone, whatever was read before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from gantool.errors import TrainError

Found = TypeVar("Found")

_SEEDS = 2**62
_MOST_DRAWS = 1000
"""With 5 % unreadable pictures at most, this many in a row fail only if few are large enough."""


@dataclass(frozen=True)
class Crop:
    """Where a sample comes from, and which of the eight mirrorings it gets.

    `again` seeds the draw of another crop in its place, should the picture turn out to be unreadable.
    """

    index: int
    x: int
    y: int
    mirroring: int
    again: int = 0


def generators(size: int, part: slice, rng: torch.Generator) -> list[torch.Generator]:
    """Return a generator for each sample of this process's `part` of a global batch of `size`.

    What a sample meets then depends on its place in the global batch, however many processes share it.
    """
    seeds = torch.randint(_SEEDS, (size,), generator=rng)[part]
    return [torch.Generator().manual_seed(seed) for seed in seeds.tolist()]


class Draws:
    """Squares of `size` pixels out of pictures of `shapes` (width, height); corners are multiples of `step`.

    A picture is drawn with the square root of its area: large ones have more to show, but should not
    crowd out the rest.
    """

    def __init__(self, shapes: Sequence[tuple[int, int]], size: int, step: int = 1) -> None:
        self._corners = (torch.tensor(shapes) - size) // step + 1
        self._step = step
        self._weights = self._corners.double().prod(1).sqrt()

    def draw(self, count: int, rng: torch.Generator) -> list[Crop]:
        """Draw `count` crops."""
        index = torch.multinomial(self._weights, count, replacement=True, generator=rng)
        place = torch.rand(count, 2, generator=rng, dtype=torch.float64)
        corner = (place * self._corners[index]).long() * self._step
        mirroring = torch.randint(8, (count,), generator=rng)
        again = torch.randint(_SEEDS, (count,), generator=rng)
        rows = zip(index.tolist(), corner.tolist(), mirroring.tolist(), again.tolist(), strict=True)
        return [Crop(i, x, y, m, a) for i, (x, y), m, a in rows]

    def readable(self, crop: Crop, read: Callable[[int], Found | None]) -> tuple[Crop, Found]:
        """Return the crop with what `read` returns for its picture, or another where that is None.

        The other one depends on the crop alone, so that a resumed run draws it again.
        """
        for _ in range(_MOST_DRAWS):
            if (found := read(crop.index)) is not None:
                return crop, found
            crop = self.draw(1, torch.Generator().manual_seed(crop.again))[0]
        raise TrainError("all training pictures that are large enough are unreadable", "mend them")


def cut_square(picture: Tensor, crop: Crop, size: int, scale: int = 1) -> Tensor:
    """Return (C, size, size) of a picture (C, H, W) that is `scale` times smaller than the crop's own."""
    x, y = crop.x // scale, crop.y // scale
    patch = picture[:, y : y + size, x : x + size]
    if crop.mirroring & 1:
        patch = patch.flip(2)
    if crop.mirroring & 2:
        patch = patch.flip(1)
    return patch.transpose(1, 2) if crop.mirroring & 4 else patch
