"""Colouring a picture: colours are found once for the whole, reduced, and laid over every tile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from gantool.networks.config import config_of
from gantool.networks.loading import network_of
from gantool.task import Box, Geometry, LoadedWeight, Picture
from torch import Tensor, nn

from gantool_colorize.colour import luma, merged
from gantool_colorize.networks import ARCHITECTURE, ColorizeConfig, Generator
from gantool_colorize.options import GENERATOR_MULTIPLE, ColorizeOptions


@dataclass(frozen=True)
class Colours:
    """Chroma (1, 2, h, w) found for a picture of `width` x `height` pixels."""

    chroma: Tensor
    width: int
    height: int


class ColorizeEnhancer:
    """Implements `gantool.task.Enhancer`.

    What a scene is shows at a small size, and colours need no fine detail. So the network sees the whole
    picture, reduced, and a tile costs next to nothing.
    """

    def __init__(self, options: ColorizeOptions, weights: Sequence[LoadedWeight]) -> None:
        config = config_of(weights[0], ColorizeConfig, ARCHITECTURE)
        self.options = options
        self.module: nn.Module = network_of(weights[0], lambda: Generator(config.numbers)).eval()
        self.channels = 3
        self.geometry = Geometry(colours=True)

    def prepare(self, whole: Picture, extras: Mapping[str, Picture]) -> Colours:
        """Find the colours of the whole picture."""
        device = next(self.module.parameters()).device
        bright = luma(whole.reduced(self.options.detail).to(device))
        height, width = bright.shape[2:]
        margins = (0, -width % GENERATOR_MULTIPLE, 0, -height % GENERATOR_MULTIPLE)
        found = self.module(functional.pad(bright, margins, mode="replicate"))[..., :height, :width]
        return Colours(self.options.saturation * found, whole.width, whole.height)

    def describe(self, state: Colours) -> str:
        """Return nothing: the colours are seen."""
        return ""

    def regions(self, state: Colours) -> Sequence[Box] | None:
        """Return None: every pixel gets its colour."""
        return None

    def __call__(self, image: Tensor, box: Box, state: Colours) -> Tensor:
        """Map (1, 3, h, w) to the same shape; what colours it had are replaced."""
        return merged(luma(image.float()), _enlarged(state, box))


def _enlarged(state: Colours, box: Box) -> Tensor:
    """Return the chroma of `box`, (1, 2, h, w), between its neighbours' by position in the whole picture."""
    chroma = state.chroma.float()
    x = _places(box.x, box.width, state.width, chroma)
    y = _places(box.y, box.height, state.height, chroma)
    grid = torch.stack((x.expand(box.height, -1), y[:, None].expand(-1, box.width)), -1)[None]
    with torch.autocast(chroma.device.type, enabled=False):
        return functional.grid_sample(chroma, grid, padding_mode="border", align_corners=False)


def _places(start: int, length: int, whole: int, like: Tensor) -> Tensor:
    """Return the middles of `length` pixels as `grid_sample` counts: -1 to 1 over the whole side."""
    at = torch.arange(start, start + length, dtype=torch.float64) + 0.5
    return (at / whole * 2 - 1).to(like)
