"""A first fill of deep holes, looked at from farther away, where the network sees across them.

A hole deeper than the network reaches is filled at a reduced size first; each finer size then starts from
the one before it. The finest of them is what a tile at full size starts from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from gantool.task import Box, Picture
from gantool_inpaint.fill import smooth_fill
from gantool_inpaint.networks import MULTIPLE_OF, Generator
from gantool_inpaint.regions import CONTEXT

REACH = 32
"""Holes up to this depth, in pixels, are filled at full size at once."""

LONGEST = 256
"""Masks are looked at reduced to this side where their depth is measured."""

MOST_PIXELS = 2**20
"""Of a reduced picture; finer ones are left to the tiles."""

STRIP_PIXELS = 2**20

MOSTLY = 0.5
"""A reduced pixel of which less is known counts as one of a hole."""


@dataclass(frozen=True)
class Coarse:
    """The holes in `box` filled.

    `image`, (1, 3, area.height / factor, area.width / factor), is the area around them.
    """

    box: Box
    area: Box
    factor: int
    image: Tensor

    def at(self, box: Box, device: torch.device, factor: int = 1) -> Tensor:
        """Return (1, 3, box.height / factor, box.width / factor), by the four pixels around each centre.

        Beyond the area its edge is repeated.
        """
        across = _places(box.x, box.width, factor, device, self.area.x, self.area.width)
        down = _places(box.y, box.height, factor, device, self.area.y, self.area.height)
        grid = torch.stack((across.expand(len(down), -1), down[:, None].expand(-1, len(across))), -1)
        image = self.image.to(device)
        return functional.grid_sample(image, grid[None], padding_mode="border", align_corners=False)


def _places(start: int, length: int, factor: int, device: torch.device, area: int, size: int) -> Tensor:
    """Return the centres of pixels, reduced by a factor, in the coordinates of `grid_sample`."""
    steps = torch.arange(length // factor, device=device, dtype=torch.float32)
    centres = (steps + 0.5) * factor + (start - area)
    return 2 * centres / size - 1


def first_factor(holes: Tensor) -> int:
    """Return by how much holes (H, W), bool, are reduced at first, a power of two: 1 where all are shallow.

    Reduced so, no pixel of a hole is more than REACH rows and columns from what is known. Where much is to be
    looked at, it is looked at reduced, and holes count as a little less deep than they are.
    """
    cells = 1
    while max(holes.shape) > LONGEST * cells:
        cells *= 2
    known = functional.max_pool2d(1 - holes[None, None].float(), cells, ceil_mode=True)
    factor = 1
    while (nearby(known, REACH * factor // cells) == 0).any():
        factor *= 2
    return factor


def nearby(known: Tensor, radius: int) -> Tensor:
    """Return the greatest of what is known, (1, 1, H, W), within so many rows and columns."""
    rows = functional.max_pool2d(known, (1, 2 * radius + 1), 1, (0, radius))
    return functional.max_pool2d(rows, (2 * radius + 1, 1), 1, (radius, 0))


def coarse_fill(generator: Generator, whole: Picture, holes: Picture, box: Box, factor: int) -> Coarse:
    """Fill the holes in `box` from a reduced picture on, `factor` being at least 2."""
    area = _around(box, factor, whole)
    made = None
    for level in _levels(area, factor):
        image, known = reduced(whole, holes, area, level)
        device = next(generator.parameters()).device
        image, known = image.to(device), known.to(device)
        mask = (known < MOSTLY).float()
        if made is None:
            # Where thin lines are all that is known, no cell is, and still they have the say.
            start = smooth_fill(image, 1 - known)
        else:
            larger = functional.interpolate(made.image, size=image.shape[2:], mode="bilinear")
            start = torch.where(mask > 0, larger, image)
        made = Coarse(box, area, level, generator.complete(start, mask).clamp(0, 1))
    assert made is not None  # noqa: S101 - there is at least the first level
    return made


def _levels(area: Box, factor: int) -> Iterator[int]:
    """Yield reductions, halved from `factor` on while what they leave is small enough; 1 is the tiles'."""
    yield factor
    while factor > 2 and area.width * area.height <= MOST_PIXELS * (factor // 2) ** 2:
        factor //= 2
        yield factor


def _around(box: Box, factor: int, whole: Picture) -> Box:
    """Return the box and what is seen around it, within the picture but for what multiples ask for."""
    unit, context = MULTIPLE_OF * factor, CONTEXT * factor
    left, top = (max(0, start - context) // unit * unit for start in (box.x, box.y))
    right = min(whole.width, box.x + box.width + context)
    bottom = min(whole.height, box.y + box.height + context)
    return Box(left, top, -(-(right - left) // unit) * unit, -(-(bottom - top) // unit) * unit)


def reduced(whole: Picture, holes: Picture, area: Box, factor: int) -> tuple[Tensor, Tensor]:
    """Return an area reduced, (1, 3, h, w), and how much of each pixel is known, (1, 1, h, w), 0 to 1.

    Means are of known pixels alone, so that what stands in a hole colours nothing.
    """
    rows = max(1, STRIP_PIXELS // (area.width * factor)) * factor
    images, shares = [], []
    for top in range(0, area.height, rows):
        strip = Box(area.x, area.y + top, area.width, min(rows, area.height - top))
        known = (holes.crop(strip) <= 0).float()
        share = functional.avg_pool2d(known, factor)
        images.append(functional.avg_pool2d(whole.crop(strip) * known, factor) / share.clamp(min=1e-6))
        shares.append(share)
    return torch.cat(images, 2), torch.cat(shares, 2)
