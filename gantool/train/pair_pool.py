"""Pairs of pictures, cut at the same places of both: for tasks that learn from what was really degraded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from gantool.errors import TrainError
from gantool.train.data.skipped import Skipped
from gantool.train.draws import Crop, Draws, cut_square
from gantool.train.layout import Pair
from gantool.train.sources import Sized, measure, open_source


@dataclass(frozen=True)
class PairPatches:
    """uint8 on the pool's device: input (N, 3, size / scale, size / scale), target (N, 3, size, size)."""

    input: Tensor
    target: Tensor


@dataclass(frozen=True)
class _SizedPair:
    input: Sized
    target: Sized

    def fits(self, scale: int) -> bool:
        """Whether the target is `scale` times as large as the input, to the pixel."""
        return self.target.shape == (self.input.width * scale, self.input.height * scale)


class PairPool:
    """Square crops of pairs: `size` pixels of the target, `size / scale` of the input, at the same place.

    As `CropPool`: pairs with a target smaller than `size` are left out and named, and a pair is skipped and
    its unreadable side counted where either cannot be read. `memory` is shared by both sides.

    Raises:
        TrainError: a pair's sizes do not fit together, none is large enough, or over 5 % are unreadable.
    """

    def __init__(
        self, pairs: Sequence[Pair], size: int, memory: int, device: torch.device, scale: int = 1
    ) -> None:
        if size % scale:
            raise ValueError(f"a crop of {size} pixels has no whole counterpart at scale {scale}")
        self.skipped = Skipped(2 * len(pairs))
        known = [found for pair in pairs if (found := _measure(pair, self.skipped))]
        _check_scale(known, scale)
        kept = [pair for pair in known if pair.target.holds(size)]
        if not kept:
            raise TrainError(
                f"none of {len(pairs)} pairs has targets with both sides of {size} pixels or more",
                "use larger pictures or a smaller --patch",
            )
        small = [pair.target.file for pair in known if not pair.target.holds(size)]
        self.skipped.leave_out(small, size)
        self.size = size
        self.scale = scale
        self._device = device
        self._draws = Draws([pair.target.shape for pair in kept], size, scale)
        part = memory // (1 + scale * scale)  # the input's share of a pair's pixels
        self._inputs = open_source([pair.input for pair in kept], part, device, self.skipped)
        self._targets = open_source([pair.target for pair in kept], memory - part, device, self.skipped)

    def draw(self, count: int, rng: torch.Generator) -> list[Crop]:
        """Draw `count` crops, placed in the targets."""
        return self._draws.draw(count, rng)

    def cut(self, crops: Sequence[Crop]) -> PairPatches:
        """Cut both sides; TrainError where too much is unreadable."""
        for source in (self._inputs, self._targets):
            source.announce([crop.index for crop in crops])
        inputs, targets = zip(*map(self._patches, crops), strict=True)
        return PairPatches(torch.stack(inputs).to(self._device), torch.stack(targets).to(self._device))

    def take_notes(self) -> tuple[str, ...]:
        """Return what is new since the last call: a line for each unreadable picture, one for small ones."""
        return self.skipped.take_notes()

    def _patches(self, crop: Crop) -> tuple[Tensor, Tensor]:
        crop, (degraded, target) = self._draws.readable(crop, self._sides)
        small = cut_square(degraded, crop, self.size // self.scale, self.scale)
        return small, cut_square(target, crop, self.size)

    def _sides(self, index: int) -> tuple[Tensor, Tensor] | None:
        degraded, target = self._inputs.picture(index), self._targets.picture(index)
        return None if degraded is None or target is None else (degraded, target)


def _measure(pair: Pair, skipped: Skipped) -> _SizedPair | None:
    degraded, target = measure(pair.input, skipped), measure(pair.target, skipped)
    return _SizedPair(degraded, target) if degraded and target else None


def _check_scale(pairs: Sequence[_SizedPair], scale: int) -> None:
    wrong = [pair for pair in pairs if not pair.fits(scale)]
    if wrong:
        first = wrong[0]
        sizes = f"{first.input.width} x {first.input.height} and {first.target.width} x {first.target.height}"
        raise TrainError(
            f"{len(wrong)} of {len(pairs)} pairs have targets that are not {scale} times their inputs' size; "
            f"the first: {first.target.file} ({sizes})",
            "cut both sides to the same piece of the picture",
        )
