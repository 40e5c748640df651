"""A detector of thin bright or dark scratches and of specks on scans, by morphology over luma.

What is thinner than a few pixels stands out against an opening (bright) or a closing (dark) with a square:
the top-hat and the bottom-hat transform (Serra 1982). Of this, what is brighter or darker than both of its
sides along a line of 32 pixels is a scratch; what is far stronger than all around it and small is a speck.

It knows shapes alone, not meaning: a wire before the sky, a mast, joints of a wall, a star or a highlight is
found like a scratch or a speck. A scratch that is broader than some six pixels, or fainter than the lines
that a picture has around it, is not found.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as functional
from numpy.typing import NDArray
from torch import Tensor

from gantool.task import Box, Picture

TILE = 1024
DIRECTIONS = 16
SEGMENT, SEGMENTS = 8, 4
SIDE = 4
NEAR = 16
MARGIN = 48
"""Pixels around a tile that the detector looks at, too."""


@dataclass(frozen=True)
class Detector:
    """Sizes in pixels, contrasts of luma in [0, 1].

    `widest` bounds a speck's width. A scratch's contrast, least along its line, must be above `faintest` and
    `over_grain` times the mean contrast of all lines around it; a speck's likewise, of all that is thin.
    """

    widest: int = 7
    faintest: float = 0.07
    over_grain: float = 4.0
    speck_faintest: float = 0.14
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
        lines, ridges = _along_lines(signed)
        least = torch.clamp(detector.over_grain * _mean(ridges, MARGIN), min=detector.faintest)
        # A line is found a little beside itself, too; and its flanks are weaker than its middle.
        scratches = _widened(lines > least, 1) & (thin > torch.maximum(least, lines / 2))
        lowest = torch.clamp(detector.speck_over_grain * _mean(thin, NEAR), min=detector.speck_faintest)
        specks = _widened(thin > lowest, 2) & (thin > lowest / 3)
        found |= scratches | specks
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


def _along_lines(luma: Tensor) -> tuple[Tensor, Tensor]:
    """Return how far the best line through each pixel stands out, and the best segment of a line.

    A segment stands out by how much brighter it is than both of its sides, less what these differ by: an
    edge has but one such side. A line is an opening with several segments, the least of which counts.
    """
    best, ridges = torch.zeros_like(luma), torch.zeros_like(luma)
    for turn in range(DIRECTIONS):
        angle = turn * math.pi / DIRECTIONS
        down, right = math.sin(angle), math.cos(angle)
        steps = [(round(down * at), round(right * at)) for at in range(SEGMENT * SEGMENTS)]
        segment = torch.stack([_moved(luma, step) for step in steps[:SEGMENT:2]]).mean(0)
        one, other = (_moved(segment, (round(-right * side), round(down * side))) for side in (SIDE, -SIDE))
        contrast = segment - torch.maximum(one, other) - (one - other).abs()
        contrast = contrast.clamp(min=0)
        torch.maximum(ridges, contrast, out=ridges)
        # A pixel to the side, so that a line may bend.
        bent = _greatest(contrast, 3)
        least = _lowest([_moved(bent, step) for step in steps[::SEGMENT]])
        for step in steps[::2]:
            torch.maximum(best, _moved(least, (-step[0], -step[1])), out=best)
    return best, ridges


def _moved(image: Tensor, step: tuple[int, int]) -> Tensor:
    """Return the image so that each pixel holds what stood `step` (down, right) from it; around the edges."""
    return image.roll((-step[0], -step[1]), (2, 3))


def _lowest(images: Sequence[Tensor]) -> Tensor:
    return functools.reduce(torch.minimum, images)


def _tiles(whole: Picture) -> Iterator[Box]:
    for top in range(0, whole.height, TILE):
        for left in range(0, whole.width, TILE):
            yield Box(left, top, min(TILE, whole.width - left), min(TILE, whole.height - top))
