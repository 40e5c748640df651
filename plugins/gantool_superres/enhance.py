"""Running a super-resolution generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from torch import Tensor, nn

from gantool.errors import WeightError
from gantool.networks.config import config_of
from gantool.networks.loading import network_of
from gantool.task import Box, Geometry, Graph, LoadedWeight, Picture
from gantool.weights.blend import interpolate
from gantool_superres.networks import ARCHITECTURE, Generator, SuperResConfig
from gantool_superres.options import SuperResOptions


class SuperResEnhancer:
    """Implements `gantool.task.Enhancer`."""

    def __init__(self, options: SuperResOptions, weights: Sequence[LoadedWeight]) -> None:
        config = config_of(weights[0], SuperResConfig, ARCHITECTURE)
        if config.scale != options.scale:
            raise WeightError(
                f"{weights[0].path} enlarges x{config.scale}, but --scale {options.scale} is asked",
                f"add --scale {config.scale}",
            )
        generator = network_of(_between(weights, options.sharpness), lambda: Generator(config))
        self.module: nn.Module = generator.eval()
        self.channels = config.channels
        self.geometry = Geometry(scale=config.scale, halo=config.halo, turnable=True)
        self.graph = Graph()

    def prepare(self, whole: Picture, extras: Mapping[str, Picture]) -> None:
        """Nothing to find out: every pixel is treated alike."""

    def describe(self, state: None) -> str:
        """Return nothing: nothing was found out."""
        return ""

    def regions(self, state: None) -> Sequence[Box] | None:
        """Return None: the whole picture is enlarged."""
        return None

    def __call__(self, image: Tensor, box: Box, state: None) -> Tensor:
        """Map (1, 3, h, w) to (1, 3, h * scale, w * scale)."""
        output: Tensor = self.module(image)
        return output


def _between(weights: Sequence[LoadedWeight], sharpness: float | None) -> LoadedWeight:
    """Return the one weight, or what lies between the two where a sharpness asks for it."""
    if sharpness is None or len(weights) < 2:
        return weights[0]
    return replace(weights[0], tensors=interpolate(weights[0], weights[1], sharpness))
