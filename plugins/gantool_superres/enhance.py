"""Running a super-resolution generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from gantool.errors import WeightError
from gantool.networks.config import config_of
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
        generator = Generator(config)
        generator.load_state_dict(_tensors(weights, options.sharpness))
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


def _tensors(weights: Sequence[LoadedWeight], sharpness: float | None) -> Mapping[str, Tensor]:
    """Return the one network's tensors, or those between the two that a sharpness asks for."""
    if sharpness is None or len(weights) < 2:
        return weights[0].tensors
    return interpolate(weights[0], weights[1], sharpness)
