"""Running an inpainting generator around holes; deep ones are begun reduced, or filled from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gantool.images import ArrayPicture
from gantool.networks.config import config_of
from gantool.networks.loading import network_of
from gantool.task import Box, Geometry, LoadedWeight, Picture
from gantool_inpaint.coarse import Coarse, coarse_fill, first_factor
from gantool_inpaint.detail import detailed
from gantool_inpaint.distance import distance
from gantool_inpaint.exemplar import deep_part, exemplar_fill
from gantool_inpaint.fill import smooth_fill
from gantool_inpaint.holes import Holes, find_hidden, find_holes
from gantool_inpaint.networks import ARCHITECTURE, MULTIPLE_OF, Generator, InpaintConfig
from gantool_inpaint.options import InpaintOptions, Kind, kind_of
from gantool_inpaint.regions import CONTEXT, areas, groups
from gantool_inpaint.variants import VARIANTS, Variant


@dataclass(frozen=True)
class Found:
    """Where a picture's holes are, (H, W), the boxes around groups of them, and what fills the deep ones.

    `hidden` is what is transparent, and `unknown` that and the holes: it is not gone by, and only holes are
    filled. `coarse` are first fills, which the network goes on from. Where `borrowed` is True, `patches` fill
    the holes for good.
    """

    holes: Holes
    hidden: Holes
    unknown: Holes
    groups: tuple[Box, ...]
    coarse: tuple[Coarse, ...]
    borrowed: Holes
    patches: tuple[Coarse, ...]


class InpaintEnhancer:
    """Implements `gantool.task.Enhancer`, `SeesAlpha` and `Varied`."""

    channels = 3

    def __init__(self, options: InpaintOptions, generator: Generator, variant: Variant = VARIANTS[0]) -> None:
        self.options = options
        self.variant = variant
        self.generator = generator
        self.module: nn.Module = generator
        self.geometry = Geometry(
            multiple_of=MULTIPLE_OF,
            halo=CONTEXT,
            features=generator.config.width1 // 4 + 8,
            exact=False,
            note="what fills a hole depends on how much around it is read",
        )

    @classmethod
    def from_weights(cls, options: InpaintOptions, weights: Sequence[LoadedWeight]) -> Self:
        """Build the generator that a weight's card describes; WeightError where it is another's.

        What it was trained for decides how holes are filled, not an option beside `--weights`.
        """
        config = config_of(weights[0], InpaintConfig, ARCHITECTURE)
        generator = network_of(weights[0], lambda: Generator(config))
        return cls(replace(options, kind=kind_of(options, weights)), generator.eval())

    def varied(self, candidate: int) -> Self:
        """Return the enhancer that looks at the picture otherwise."""
        return type(self)(self.options, self.generator, VARIANTS[candidate - 1])

    def prepare(self, whole: Picture, extras: Mapping[str, Picture]) -> Found:
        """Find the holes, and fill the deep ones from farther away."""
        holes = find_holes(whole, extras, self.options)
        hidden = find_hidden(whole, extras)
        unknown = holes | hidden
        borrowed, patches = self._borrowed(whole, holes, unknown)
        left = holes & ~borrowed
        boxes = groups(left)
        factors = [first_factor(_with_edge(left, box)) * self.variant.farther for box in boxes]
        coarse = [
            coarse_fill(self.generator, whole, _unknown_near(box, factor, holes, unknown), box, factor)
            for box, factor in zip(boxes, factors, strict=True)
            if factor > 1
        ]
        return Found(holes, hidden, unknown, groups(holes), tuple(coarse), borrowed, patches)

    def _borrowed(self, whole: Picture, holes: Holes, unknown: Holes) -> tuple[Holes, tuple[Coarse, ...]]:
        """Return where patches from elsewhere fill the holes, and what they fill them with."""
        borrowed = np.zeros_like(holes)
        if self.options.kind is Kind.fidelity:
            return borrowed, ()
        deep = deep_part(holes)
        patches = []
        for box in groups(deep):
            guess = self._guessed(whole, holes, unknown, box)
            known = ArrayPicture(unknown.view(np.uint8))
            if made := exemplar_fill(whole, known, box, guess, self.variant.seed):
                place = (slice(box.y, box.y + box.height), slice(box.x, box.x + box.width))
                borrowed[place] = deep[place]
                patches.append(made)
        return borrowed, tuple(patches)

    def _guessed(self, whole: Picture, holes: Holes, unknown: Holes, box: Box) -> Coarse:
        """Return what the network makes of the holes in a box, reduced to a half or less."""
        factor = max(2, first_factor(_with_edge(holes, box))) * self.variant.farther
        near = _unknown_near(box, factor, holes, unknown)
        return coarse_fill(self.generator, whole, near, box, factor)

    def describe(self, state: Found) -> str:
        """Return how much is filled."""
        if not state.groups:
            return "nothing to fill, copied through"
        places = f"{len(state.groups)} places" if len(state.groups) > 1 else "one place"
        return f"{state.holes.mean():.1%} filled in {places}"

    def regions(self, state: Found) -> Sequence[Box] | None:
        """Return boxes around holes: nothing else is computed."""
        return [area for box in state.groups for area in areas(state.holes, box)]

    def opaque(self, state: Found) -> NDArray[np.bool_]:
        """Return the holes: what was filled is opaque."""
        return state.holes

    def __call__(self, image: Tensor, box: Box, state: Found) -> Tensor:
        """Map (1, 3, h, w) to the same shape; outside of holes it comes out as it went in."""
        holes = _cut(state.holes, box, image)
        borrowed = _cut(state.borrowed, box, image)
        # What was borrowed is as good as known: the network goes on from it.
        given = torch.where(borrowed > 0, _laid(image, box, state.patches), image)
        left = holes * (1 - borrowed)
        mask = _cut(state.unknown, box, image) * (1 - borrowed)
        # Amid nothing but transparent pixels, the colours that were spread under them have to do.
        mask = left if mask.all() else mask
        filled = self._generated(given, left, mask, box, state) if left.any() else given
        if self.options.feather:
            share = _inside(holes, self.options.feather)
            # Nothing was to be seen there that the fill could be blended with.
            share = torch.where(_cut(state.hidden, box, image) > 0, 1, share)
            filled = image + share * (filled - image)
        return torch.where(holes > 0, filled, image)

    def _generated(self, given: Tensor, left: Tensor, mask: Tensor, box: Box, state: Found) -> Tensor:
        """Return what the network makes of a tile in the holes `left`, `mask` being all it cannot go by."""
        smooth = smooth_fill(given, mask)
        start = torch.where(mask > 0, _laid(smooth, box, state.coarse), given)
        shown = self.variant.shown
        made = self.variant.back(self.generator.complete(shown(start), shown(mask))).float().clamp(0, 1)
        filled = torch.where(mask > 0, made, given.float())
        if self.options.kind is Kind.photo:
            filled = detailed(filled, mask[0, 0] > 0, self.variant.seed, left[0, 0] > 0)
        return torch.where(left > 0, filled.to(given.dtype), given)


def _with_edge(holes: Holes, box: Box) -> Tensor:
    """Return the holes in a box and a pixel around it, (h, w), bool."""
    rows = slice(max(0, box.y - 1), box.y + box.height + 1)
    return torch.from_numpy(holes[rows, max(0, box.x - 1) : box.x + box.width + 1])


def _unknown_near(box: Box, factor: int, holes: Holes, unknown: Holes) -> Picture:
    """Return what is unknown, as what looks at a box reduced by `factor` is told: not quite all around it."""
    far = CONTEXT * factor
    rows = slice(max(0, box.y - far), box.y + box.height + far)
    around = unknown[rows, max(0, box.x - far) : box.x + box.width + far]
    return ArrayPicture((holes if around.all() else unknown).view(np.uint8))


def _cut(holes: Holes, box: Box, image: Tensor) -> Tensor:
    """Return (1, 1, h, w) of holes, 1 where one is, as a tile has it."""
    return (ArrayPicture(holes.view(np.uint8)).crop(box) > 0).to(image.device, image.dtype)


def _laid(image: Tensor, box: Box, fills: Sequence[Coarse]) -> Tensor:
    """Return a tile with what fills there are laid over it, each over all of its box."""
    laid = image.clone()
    for fill in fills:
        left, top = max(box.x, fill.box.x), max(box.y, fill.box.y)
        right = min(box.x + box.width, fill.box.x + fill.box.width)
        bottom = min(box.y + box.height, fill.box.y + fill.box.height)
        if right <= left or bottom <= top:
            continue
        shared = Box(left, top, right - left, bottom - top)
        place = (..., slice(top - box.y, bottom - box.y), slice(left - box.x, right - box.x))
        laid[place] = fill.at(shared, image.device).to(image.dtype)
    return laid


def _inside(mask: Tensor, feather: int) -> Tensor:
    """Return (1, 1, h, w), rising from a hole's edge to 1 at `feather` pixels inside."""
    away = distance(mask[0, 0] <= 0, feather)[None, None]
    return (away / (feather + 1)).clamp(max=1)
