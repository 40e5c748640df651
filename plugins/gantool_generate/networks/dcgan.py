"""Transposed convolutions (Radford et al. 2016, "Unsupervised Representation Learning with ... DCGANs")."""

from __future__ import annotations

import itertools

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gantool_generate.config import GenerateConfig
from gantool_generate.networks.generator import Generator, Projection

SLOPE = 0.2


def _initialise(module: nn.Module) -> None:
    """Draw weights with the paper's standard deviation of 0.02."""
    if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, std=0.02)


def _sides(config: GenerateConfig) -> list[int]:
    """Return the sides of the grids, from the first to the picture."""
    return [config.first_side << step for step in range(config.doublings + 1)]


class ConvolutionalGenerator(Generator):
    """A dense layer to the first grid, then 4x4 transposed convolutions of stride 2 with batch norm."""

    def __init__(self, config: GenerateConfig) -> None:
        super().__init__(config)
        sides = _sides(config)
        widths = [config.features(side) for side in sides[:-1]]
        self.first = nn.Linear(self.latent_width, widths[0] * sides[0] ** 2, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(width) for width in widths)
        pairs = zip(widths, [*widths[1:], config.channels], strict=True)
        self.enlarge = nn.ModuleList(
            nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=outputs == config.channels)
            for inputs, outputs in pairs
        )
        self.apply(_initialise)

    def synthesis(self, w: Tensor, classes: Tensor | None = None) -> Tensor:
        """Map latents (N, Z) and classes to images (N, C, side, side) in [0, 1]."""
        side = self.config.first_side
        # Channels are last in memory, so that no layer has to turn the features round.
        grid = self.first(self.joined(w, classes)).view(len(w), side, side, -1).permute(0, 3, 1, 2)
        for norm, enlarge in zip(self.norms, self.enlarge, strict=True):
            grid = enlarge(functional.relu(norm(grid)))
        image: Tensor = grid.sigmoid()
        return image

    def factor_weight(self) -> Tensor:
        """Return the first dense layer's weight, as it acts on the latent: (K, Z)."""
        return self.first.weight[:, : self.config.latent]


class ConvolutionalDiscriminator(nn.Module):
    """4x4 convolutions of stride 2, with batch norm but for the first, and leaky ReLU."""

    def __init__(self, config: GenerateConfig) -> None:
        super().__init__()
        sides = _sides(config)[-2::-1]
        widths = [config.channels, *(config.features(side) for side in sides)]
        pairs = list(itertools.pairwise(widths))
        self.halve = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 4, 2, 1, bias=not step) for step, (inputs, outputs) in enumerate(pairs)
        )
        norms = [nn.BatchNorm2d(outputs) for _, outputs in pairs[1:]]
        self.norms = nn.ModuleList([nn.Identity(), *norms])
        self.logits = Projection(widths[-1] * sides[-1] ** 2, config.classes)
        self.apply(_initialise)

    def forward(self, image: Tensor, classes: Tensor | None = None) -> Tensor:
        """Map (N, C, side, side) in [0, 1] to logits (N, 1)."""
        grid = (image * 2 - 1).contiguous(memory_format=torch.channels_last)
        for halve, norm in zip(self.halve, self.norms, strict=True):
            grid = functional.leaky_relu(norm(halve(grid)), SLOPE)
        logits: Tensor = self.logits(grid.permute(0, 2, 3, 1).flatten(1), classes)
        return logits
