"""The 2014 game: dense networks (Goodfellow et al., "Generative Adversarial Nets")."""

from __future__ import annotations

import itertools

import torch.nn.functional as functional
from torch import Tensor, nn

from gantool_generate.config import GenerateConfig
from gantool_generate.networks.generator import Generator, Projection

GENERATOR_WIDTHS = (256, 512, 1024)
DISCRIMINATOR_WIDTHS = (512, 256)
SLOPE = 0.2


class DenseGenerator(Generator):
    """Dense latent-256-512-1024-pixels with batch norm (Ioffe and Szegedy 2015) and leaky ReLU."""

    def __init__(self, config: GenerateConfig) -> None:
        super().__init__(config)
        widths = (self.latent_width, *GENERATOR_WIDTHS)
        pairs = list(itertools.pairwise(widths))
        self.dense = nn.ModuleList(nn.Linear(inputs, outputs, bias=False) for inputs, outputs in pairs)
        self.norms = nn.ModuleList(nn.BatchNorm1d(outputs) for _, outputs in pairs)
        self.pixels = nn.Linear(widths[-1], config.channels * config.side**2)

    def synthesis(self, w: Tensor, classes: Tensor | None = None) -> Tensor:
        """Map latents (N, Z) and classes to images (N, C, side, side) in [0, 1]."""
        hidden = self.joined(w, classes)
        for dense, norm in zip(self.dense, self.norms, strict=True):
            hidden = functional.leaky_relu(norm(dense(hidden)), SLOPE)
        config = self.config
        image: Tensor = self.pixels(hidden).sigmoid()
        return image.view(-1, config.channels, config.side, config.side)

    def factor_weight(self) -> Tensor:
        """Return the first dense layer's weight, as it acts on the latent: (256, Z)."""
        first = self.dense[0]
        assert isinstance(first, nn.Linear)  # noqa: S101 - built above
        return first.weight[:, : self.config.latent]


class DenseDiscriminator(nn.Module):
    """Dense pixels-512-256-1 with leaky ReLU; classes by projection."""

    def __init__(self, config: GenerateConfig) -> None:
        super().__init__()
        widths = (config.channels * config.side**2, *DISCRIMINATOR_WIDTHS)
        self.dense = nn.ModuleList(nn.Linear(*pair) for pair in itertools.pairwise(widths))
        self.logits = Projection(widths[-1], config.classes)

    def forward(self, image: Tensor, classes: Tensor | None = None) -> Tensor:
        """Map (N, C, side, side) in [0, 1] to logits (N, 1)."""
        hidden = image.flatten(1) * 2 - 1
        for dense in self.dense:
            hidden = functional.leaky_relu(dense(hidden), SLOPE)
        logits: Tensor = self.logits(hidden, classes)
        return logits
