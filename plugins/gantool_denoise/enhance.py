"""Running a denoising generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from gantool.networks.config import config_of
from gantool.networks.loading import network_of
from gantool.task import ALPHA, Box, Geometry, Graph, GraphInput, LoadedWeight, Picture
from gantool_denoise.degrade import luma
from gantool_denoise.estimate import LevelEstimator, statistics_of
from gantool_denoise.networks import ARCHITECTURE, MULTIPLE_OF, DenoiseConfig, Generator
from gantool_denoise.options import MOST_SIGMA, DenoiseOptions

STRIP = 64
"""Rows that are looked at together for colours."""


@dataclass(frozen=True)
class NoiseLevel:
    """A picture's noise: root mean square, of 255. `absent` where none of the kind to be taken out can be."""

    sigma: float
    estimated: bool
    absent: bool = False


class Denoiser(nn.Module):
    """Everything a weight holds: the generator, and the estimator that tells it the level."""

    def __init__(self, config: DenoiseConfig) -> None:
        super().__init__()
        self.generator = Generator(config)
        self.estimator = LevelEstimator()

    def estimate(self, picture: Picture, alpha: Picture | None = None) -> float:
        """Return the noise level of a picture, or of what `alpha` shows of it, of 255."""
        statistics = statistics_of(picture, alpha).to(next(self.estimator.parameters()).device)
        return float(self.estimator(statistics[None])) * 255


class DenoiseEnhancer:
    """Implements `gantool.task.Enhancer` and `SeesAlpha`."""

    def __init__(self, options: DenoiseOptions, weights: Sequence[LoadedWeight]) -> None:
        config = config_of(weights[0], DenoiseConfig, ARCHITECTURE)
        self.options = options
        self.denoiser = network_of(weights[0], lambda: Denoiser(config))
        self.module: nn.Module = self.denoiser.eval()
        self.channels = config.channels
        self.geometry = Geometry(multiple_of=MULTIPLE_OF, halo=config.halo, turnable=True)
        self.graph = Graph("generator", (GraphInput("sigma", (1, 1, 1)),))

    def prepare(self, whole: Picture, extras: Mapping[str, Picture]) -> NoiseLevel:
        """Take the level that was told, or estimate it; a grey picture has no colour noise."""
        told = self.options.told_sigma
        absent = self.options.chroma_only and is_grey(whole)
        if told is not None:
            return NoiseLevel(told, estimated=False, absent=absent)
        sigma = min(MOST_SIGMA, self.denoiser.estimate(whole, extras.get(ALPHA)))
        return NoiseLevel(sigma, estimated=True, absent=absent)

    def describe(self, state: NoiseLevel) -> str:
        """Return the level, where it was estimated."""
        return f"noise level {state.sigma:.1f} of 255" if state.estimated else ""

    def opaque(self, state: NoiseLevel) -> None:
        """Return None: alpha stays; it tells only where there is noise to be seen."""

    def regions(self, state: NoiseLevel) -> Sequence[Box] | None:
        """Return None: noise is everywhere. Nowhere where there can be none: the picture is copied."""
        return () if state.absent else None

    def __call__(self, image: Tensor, box: Box, state: NoiseLevel) -> Tensor:
        """Map (1, 3, h, w) to the same shape."""
        sigma = image.new_full((len(image), 1, 1, 1), state.sigma / 255)
        output: Tensor = self.denoiser.generator(image, sigma)
        if self.options.strength == 1 and not self.options.chroma_only:
            return output
        change = output - image
        if self.options.chroma_only:
            change = change - luma(change)
        return image + self.options.strength * change


def is_grey(picture: Picture) -> bool:
    """Return whether all channels are the same; of a picture in colour, mostly the first rows tell."""
    strips = range(0, picture.height, STRIP)
    crops = (picture.crop(Box(0, y, picture.width, min(STRIP, picture.height - y))) for y in strips)
    return all(bool((crop == crop[:, :1]).all()) for crop in crops)
