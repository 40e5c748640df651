"""Running a painting generator, on tiles that agree."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from gantool.errors import UsageError
from gantool.networks.config import config_of
from gantool.networks.loading import network_of
from gantool.task import Box, Geometry, LoadedWeight, Picture
from gantool_style_transfer.glance import Glance, reduction
from gantool_style_transfer.networks import ARCHITECTURE, MULTIPLE_OF, Generator, StyleConfig
from gantool_style_transfer.options import StyleOptions, style_needed
from gantool_style_transfer.strokes import Grid
from gantool_style_transfer.style_image import read_painting

_BLOCK = 2 * MULTIPLE_OF
"""A quarter of the smallest picture must have two pixels a side, to be reflected at its border."""

_LUMA = (0.299, 0.587, 0.114)


class StyleEnhancer:
    """Implements `gantool.task.Enhancer`."""

    def __init__(self, options: StyleOptions, weights: Sequence[LoadedWeight]) -> None:
        config = config_of(weights[0], StyleConfig, ARCHITECTURE)
        check_style(options, config, weights[0])
        self.options = options
        self.generator = network_of(weights[0], lambda: Generator(config))
        self.module: nn.Module = self.generator.eval()
        self.channels = 3
        self.grid = Grid.of(options.stroke_size, _BLOCK)
        self.geometry = Geometry(
            multiple_of=self.grid.outer,
            halo=self.grid.halo(config.halo),
            colours=not options.keep_color,
            features=math.ceil(max(config.width, config.half) / 4 / self.grid.coarseness**2),
        )
        self.code = self._encoded()

    def prepare(self, whole: Picture, extras: Mapping[str, Picture]) -> Glance:
        """Keep a reduction of the picture, for the statistics of all its tiles."""
        device = next(self.module.parameters()).device
        code = None if self.code is None else self.code.to(device)
        return Glance(reduction(whole, self.grid, _BLOCK).to(device), code)

    def describe(self, state: Glance) -> str:
        """Return nothing: what was asked for is what was done."""
        return ""

    def regions(self, state: Glance) -> Sequence[Box] | None:
        """Return None: all of it is painted."""
        return None

    def __call__(self, image: Tensor, box: Box, state: Glance) -> Tensor:
        """Map (1, 3, h, w) to the same shape."""
        statistics = state.statistics(self.generator.measure)
        origin = (self.grid.there(box.x), self.grid.there(box.y))
        painted = self.generator(self.grid.inward(image), state.code, statistics, origin)
        painted = self.grid.outward(painted)
        if self.options.keep_color:
            painted = image + luma(painted.float() - image)
        if self.options.strength < 1:
            painted = torch.lerp(image, painted.float(), self.options.strength)
        return painted

    @torch.no_grad()
    def _encoded(self) -> Tensor | None:
        painting = self.options.painting_file
        return None if painting is None else self.generator.encode(read_painting(painting))


def luma(image: Tensor) -> Tensor:
    """Return the brightness (N, 1, H, W) of ITU-R BT.601, of (N, 3, H, W)."""
    weights = torch.tensor(_LUMA, device=image.device, dtype=image.dtype).view(1, 3, 1, 1)
    return (image * weights).sum(1, keepdim=True)


def check_style(options: StyleOptions, config: StyleConfig, weight: LoadedWeight) -> None:
    """Refuse a painting for a generator of one style, and a generator for any without a painting.

    Raises:
        UsageError: either is the case.
    """
    painting = options.painting_file
    if config.any_style and painting is None:
        raise style_needed()
    if painting is not None and not config.any_style:
        raise UsageError(
            f"{weight.path} paints in one style, and --style {painting} is another painting",
            "leave out one of the two",
        )
