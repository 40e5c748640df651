"""What patches that lie over a pixel say of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from gantool_inpaint.patches import RADIUS, Field, Matcher

OFF_CENTRE = 0.02
"""By how much of its distance a patch counts as farther, for each squared pixel from its centre."""


@dataclass(frozen=True)
class Vote:
    """What patches say of one of the pixels they lie over; V of them do.

    `pixel` (V,) are the pixels and `taken` (V,) those whose colours they would get, both numbered row by row;
    `patch` (V,) are the patches, by the matcher's places.
    """

    pixel: Tensor
    patch: Tensor
    taken: Tensor


def votes(matcher: Matcher, field: Field) -> Iterator[Vote]:
    """Yield the votes of all patches, those of one place within the patch at a time."""
    height, width = matcher.height, matcher.width
    for down in range(-RADIUS, RADIUS + 1):
        for right in range(-RADIUS, RADIUS + 1):
            step = torch.tensor([down, right])
            rows, columns = (matcher.places + step).unbind(1)
            patch = ((rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)).nonzero()[:, 0]
            taken = field.source[patch] + step
            pixel = rows[patch] * width + columns[patch]
            yield Vote(pixel, patch, taken[:, 0] * width + taken[:, 1])


def of_the_best(matcher: Matcher, image: Tensor, field: Field) -> Tensor:
    """Return (C, H, W), each pixel as the best-matched of the patches over it has it; others as they are."""
    height, width = matcher.height, matcher.width
    beyond = (height + 2 * RADIUS, width + 2 * RADIUS)
    costs, sources = torch.full(beyond, torch.inf), torch.zeros(beyond, dtype=torch.int64)
    rows, columns = (matcher.places + RADIUS).unbind(1)
    costs[rows, columns] = field.cost
    sources[rows, columns] = field.source[:, 0] * width + field.source[:, 1]
    least = torch.full((height, width), torch.inf)
    taken = torch.arange(height * width).view(height, width)
    # All pixels at once hear the patch that lies so far off: shifted views cost a tenth of gathered votes.
    for down in range(-RADIUS, RADIUS + 1):
        for right in range(-RADIUS, RADIUS + 1):
            top, left = RADIUS - down, RADIUS - right
            over = (slice(top, top + height), slice(left, left + width))
            cost = costs[over] * (1 + OFF_CENTRE * (down * down + right * right))
            taken = torch.where(cost < least, sources[over] + (down * width + right), taken)
            least = torch.minimum(cost, least)
    return image.flatten(1).index_select(1, taken.flatten()).reshape(image.shape)
