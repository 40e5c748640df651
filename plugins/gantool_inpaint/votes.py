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
    `patch` (V,) are the patches, by the matcher's places. `off_centre` is the squared distance, in pixels, of
    the pixel from the patch's centre.
    """

    pixel: Tensor
    patch: Tensor
    taken: Tensor
    off_centre: int


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
            yield Vote(pixel, patch, taken[:, 0] * width + taken[:, 1], down * down + right * right)


def of_the_best(matcher: Matcher, image: Tensor, field: Field) -> Tensor:
    """Return (C, H, W), each pixel as the best-matched of the patches over it has it; others as they are."""
    least = torch.full((matcher.height * matcher.width,), torch.inf)
    flat = image.reshape(len(image), -1).T
    said = flat.clone()
    for vote in votes(matcher, field):
        # No pixel is voted for twice from the same place within a patch.
        cost = field.cost[vote.patch] * (1 + OFF_CENTRE * vote.off_centre)
        better = cost < least[vote.pixel]
        pixel = vote.pixel[better]
        least[pixel], said[pixel] = cost[better], flat[vote.taken[better]]
    return said.T.reshape(image.shape)
