"""A detector of thin bright or dark scratches and of specks on scans, by morphology over luma.

What is thinner than a few pixels stands out against an opening (bright) or a closing (dark) with a square:
the top-hat and the bottom-hat transform (Serra 1982). Of these, what holds along a line of some length is a
scratch, what is far stronger than its surroundings and small is a speck. It knows shapes alone, not meaning:
a wire before the sky, a ship's mast or a bright highlight is found like a scratch, and a scratch that is
broader, fainter than its surroundings' grain, or of about their brightness is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray
from torch import Tensor

from gantool.task import Box, Picture

TILE = 1024
DIRECTIONS = 16
MARGIN = 48
"""Pixels around a tile that the detector looks at, too."""


@dataclass(frozen=True)
class Detector:
    """Sizes in pixels, levels of luma in [0, 1].

    `widest` bounds a scratch's width; a scratch holds for `length` pixels in one of 16 directions. `faintest`
    is the least contrast of either; a scratch must be `over_grain` times, a speck `speck_over_grain` times as
    strong as the mean of what is thin around it.
    """

    widest: int = 7
    length: int = 31
    faintest: float = 0.04
    over_grain: float = 2.5
    speck_faintest: float = 0.12
    speck_over_grain: float = 8.0
    margin: int = 1


def find_scratches(whole: Picture, detector: Detector | None = None) -> NDArray[np.bool_]:
    """Return (H, W), True on scratches and specks and a pixel around them."""
    found = np.zeros((whole.height, whole.width), np.bool_)
    for tile in _tiles(whole):
        wide = Box(tile.x - MARGIN, tile.y - MARGIN, tile.width + 2 * MARGIN, tile.height + 2 * MARGIN)
        part = detect(_luma(whole.crop(wide)), detector or Detector())[0, 0]
        inner = part[MARGIN : MARGIN + tile.height, MARGIN : MARGIN + tile.width]
        found[tile.y : tile.y + tile.height, tile.x : tile.x + tile.width] = inner.numpy()
    return found


def detect(luma: Tensor, detector: Detector) -> Tensor:
    """Return (1, 1, H, W), bool, of luma of the same shape in [0, 1]."""
    found = torch.zeros_like(luma, dtype=torch.bool)
    for signed in (luma, 1 - luma):
        thin = signed - _opened(signed, detector.widest)
        grain = _mean(thin, MARGIN)
        lines = _along_lines(thin, detector.length)
        scratches = lines > torch.clamp(detector.over_grain * grain, min=detector.faintest)
        specks = thin > torch.clamp(detector.speck_over_grain * grain, min=detector.speck_faintest)
        seeds = scratches | specks
        # The flanks of what was found are weaker than its middle.
        weak = thin > torch.clamp(grain, min=detector.faintest / 2)
        found |= seeds | (_widened(seeds, 2) & weak)
    return _widened(found, detector.margin)


def _luma(image: Tensor) -> Tensor:
    if image.shape[1] == 1:
        return image
    return (image * torch.tensor((0.299, 0.587, 0.114)).view(1, 3, 1, 1)).sum(1, keepdim=True)


def _opened(image: Tensor, side: int) -> Tensor:
    """Return the opening with a square: what is bright and thinner than its side is gone."""
    return _greatest(-_greatest(-image, side), side)


def _greatest(image: Tensor, side: int) -> Tensor:
    return functional.max_pool2d(image, side, 1, side // 2)


def _mean(image: Tensor, radius: int) -> Tensor:
    side = 2 * radius + 1
    rows = functional.avg_pool2d(image, (1, side), 1, (0, radius), count_include_pad=False)
    return functional.avg_pool2d(rows, (side, 1), 1, (radius, 0), count_include_pad=False)


def _widened(found: Tensor, pixels: int) -> Tensor:
    return _greatest(found.float(), 2 * pixels + 1) > 0.5 if pixels else found


def _along_lines(thin: Tensor, length: int) -> Tensor:
    """Return the greatest, over all directions, of the mean along a line of so many pixels.

    Gaps and curves cost a mean little, where a minimum would be lost.
    """
    kernels = torch.stack([_line(length, turn * np.pi / DIRECTIONS) for turn in range(DIRECTIONS)])
    return functional.conv2d(thin, kernels[:, None], padding=length // 2).amax(1, keepdim=True)


def _line(length: int, angle: float) -> Tensor:
    """Return (length, length), a line through the middle that sums to one."""
    steps = np.linspace(-(length // 2), length // 2, 4 * length)
    rows = np.rint(length // 2 + steps * np.sin(angle)).astype(int)
    columns = np.rint(length // 2 + steps * np.cos(angle)).astype(int)
    kernel = torch.zeros(length, length)
    kernel[rows, columns] = 1
    return kernel / kernel.sum()


def _tiles(whole: Picture) -> Iterator[Box]:
    for top in range(0, whole.height, TILE):
        for left in range(0, whole.width, TILE):
            yield Box(left, top, min(TILE, whole.width - left), min(TILE, whole.height - top))
