"""Running an inpainting generator: at full size around holes, deep ones from a reduced picture on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gantool.images import ArrayPicture
from gantool.networks.config import config_of
from gantool.task import Box, Geometry, LoadedWeight, Picture
from gantool_inpaint.coarse import Coarse, coarse_fill, first_factor
from gantool_inpaint.distance import distance
from gantool_inpaint.fill import smooth_fill
from gantool_inpaint.holes import Holes, find_holes
from gantool_inpaint.networks import ARCHITECTURE, MULTIPLE_OF, Generator, InpaintConfig
from gantool_inpaint.options import InpaintOptions
from gantool_inpaint.regions import CONTEXT, areas, groups
from gantool_inpaint.variants import VARIANTS, Variant


@dataclass(frozen=True)
class Found:
    """Where a picture's holes are, (H, W), the boxes around groups of them, and first fills of deep ones."""

    holes: Holes
    groups: tuple[Box, ...]
    coarse: tuple[Coarse, ...]

    @property
    def picture(self) -> Picture:
        """The holes as a picture of one channel, above 0 where one is."""
        return ArrayPicture(self.holes.view(np.uint8))


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
        """Build the generator that a weight's card describes; WeightError where it is another's."""
        generator = Generator(config_of(weights[0], InpaintConfig, ARCHITECTURE))
        generator.load_state_dict(dict(weights[0].tensors))
        return cls(options, generator.eval())

    def varied(self, candidate: int) -> Self:
        """Return the enhancer that looks at the picture otherwise."""
        return type(self)(self.options, self.generator, VARIANTS[candidate - 1])

    def prepare(self, whole: Picture, extras: Mapping[str, Picture]) -> Found:
        """Find the holes, and fill the deep ones from farther away."""
        holes = find_holes(whole, extras, self.options)
        boxes = groups(holes)
        shown = Found(holes, boxes, ())
        factors = [first_factor(_with_edge(holes, box)) * self.variant.farther for box in boxes]
        coarse = [
            coarse_fill(self.generator, whole, shown.picture, box, factor)
            for box, factor in zip(boxes, factors, strict=True)
            if factor > 1
        ]
        return Found(holes, boxes, tuple(coarse))

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
        mask = (state.picture.crop(box) > 0).to(image.device, image.dtype)
        start = _started(image, mask, box, state.coarse)
        shown = self.variant.shown
        filled = self.variant.back(self.generator.complete(shown(start), shown(mask))).float().clamp(0, 1)
        if self.options.feather:
            filled = image + _inside(mask, self.options.feather) * (filled - image)
        return torch.where(mask > 0, filled, image)


def _with_edge(holes: Holes, box: Box) -> Tensor:
    """Return the holes in a box and a pixel around it, (h, w), bool."""
    rows = slice(max(0, box.y - 1), box.y + box.height + 1)
    return torch.from_numpy(holes[rows, max(0, box.x - 1) : box.x + box.width + 1])


def _started(image: Tensor, mask: Tensor, box: Box, coarse: Sequence[Coarse]) -> Tensor:
    """Return a first fill of a tile: smooth, or enlarged from a reduced picture where a hole is deep."""
    start = smooth_fill(image, mask)
    for fill in coarse:
        left, top = max(box.x, fill.box.x), max(box.y, fill.box.y)
        right = min(box.x + box.width, fill.box.x + fill.box.width)
        bottom = min(box.y + box.height, fill.box.y + fill.box.height)
        if right <= left or bottom <= top:
            continue
        shared = Box(left, top, right - left, bottom - top)
        place = (..., slice(top - box.y, bottom - box.y), slice(left - box.x, right - box.x))
        start[place] = torch.where(mask[place] > 0, fill.at(shared, image.device), start[place])
    return start


def _inside(mask: Tensor, feather: int) -> Tensor:
    """Return (1, 1, h, w), rising from a hole's edge to 1 at `feather` pixels inside."""
    away = distance(mask[0, 0] <= 0, feather)[None, None]
    return (away / (feather + 1)).clamp(max=1)
