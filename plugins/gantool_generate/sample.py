"""Drawing from a generator: its latents, their classes, and how they are moved.

A latent is what the generator's synthesis takes, w of the style preset and z of the others, with its class
beside it, one-hot.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gantool.networks.config import config_of
from gantool.networks.loading import network_of
from gantool.sampling.latents import normal_latents
from gantool.sampling.paths import spherical
from gantool.task import Features, Labelled, LoadedWeight
from gantool_generate.config import ARCHITECTURE, GenerateConfig, Preset
from gantool_generate.data import Wanted, open_images
from gantool_generate.features import features_for
from gantool_generate.networks import Generator, build_generator
from gantool_generate.options import GenerateOptions


class GenerateSampler:
    """Implements `gantool.task.Sampler`, and what it may offer besides."""

    def __init__(self, options: GenerateOptions, weights: Sequence[LoadedWeight]) -> None:
        self.options = options
        self.config = config_of(weights[0], GenerateConfig, ARCHITECTURE)
        self.generator: Generator = network_of(weights[0], lambda: build_generator(self.config))
        self.module: nn.Module = self.generator.eval()
        self.truncation = self.config.truncation

    def latents(self, numbers: Sequence[int], seed: int) -> Tensor:
        """Return latents (N, W + classes); number k is of class k modulo the number of classes."""
        return self.latents_of([number % max(1, self.config.classes) for number in numbers], numbers, seed)

    @torch.no_grad()
    def latents_of(self, classes: Sequence[int], numbers: Sequence[int], seed: int) -> Tensor:
        """Return latents (N, W + classes), each of its class."""
        device = self.generator.mean_w.device
        z = normal_latents(numbers, seed, self.config.latent).to(device)
        if not self.config.classes:
            return self.generator.mapping(z)
        labels = torch.tensor(classes, device=device)
        beside = functional.one_hot(labels, self.config.classes).to(z)
        return torch.cat((self.generator.mapping(z, labels), beside), 1)

    def __call__(self, latents: Tensor) -> Tensor:
        """Return images (N, C, side, side) in [0, 1]; of mixed classes, the strongest."""
        w, labels = self._split(latents)
        return self.generator.synthesis(w, labels)

    def truncated(self, latents: Tensor, psi: float) -> Tensor:
        """Return latents pulled to the mean of their class."""
        w, labels = self._split(latents)
        return torch.cat((self.generator.truncate(w, labels, psi), latents[:, w.shape[1] :]), 1)

    def between(self, first: Tensor, second: Tensor, at: float) -> Tensor:
        """Return latents on the way: straight in w, on a great circle in z; the class changes midway."""
        if self.config.preset == Preset.style:
            return torch.lerp(first, second, at)
        width = self.config.latent
        beside = torch.lerp(first[:, width:], second[:, width:], at)
        return torch.cat((spherical(first[:, :width], second[:, :width], at), beside), 1)

    def first_weights(self) -> Tensor:
        """Return the first affine layers' weights (K, W + classes); those of the class are zero."""
        return functional.pad(self.generator.factor_weight().detach(), (0, self.config.classes))

    def real(self, data: Path) -> Labelled:
        """Return a folder's or an IDX file's pictures: middle squares, reduced to the generator's side."""
        wanted = Wanted(self.config.side, self.config.channels, crop=True, learns=False)
        found = open_images(data, wanted)
        return Labelled(found.images, found.labels, found.class_names)

    def features(self, real: Labelled) -> Features:
        """Return what made pictures are compared with these by."""
        return features_for(self.options.compare_by, real, self.generator.mean_w.device)

    def _split(self, latents: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return w (N, W) and classes (N,), None without."""
        if not self.config.classes:
            return latents, None
        width = latents.shape[1] - self.config.classes
        return latents[:, :width], latents[:, width:].argmax(1)
