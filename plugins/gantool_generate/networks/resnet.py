"""Residual networks whose discriminator has spectral norm and knows classes by projection.

Miyato et al. 2018, "Spectral Normalization for GANs"; Miyato and Koyama 2018, "cGANs with Projection
Discriminator". Full resolution is left to a pixel-shuffle: both players' convolutions work at half the
picture's side, or less.
"""

from __future__ import annotations

import itertools

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gantool.train.losses.regularisers import MinibatchStd, with_spectral_norm
from gantool_generate.config import GenerateConfig
from gantool_generate.networks.generator import Generator, Projection


class ClassNorm(nn.Module):
    """Batch norm whose scale and shift are the class's (Dumoulin et al. 2017; de Vries et al. 2017)."""

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(features, affine=not classes)
        self.gain = nn.Embedding(classes, features) if classes else None
        self.bias = nn.Embedding(classes, features) if classes else None
        if self.gain is not None and self.bias is not None:
            nn.init.ones_(self.gain.weight)
            nn.init.zeros_(self.bias.weight)

    def forward(self, grid: Tensor, classes: Tensor | None) -> Tensor:
        """Map (N, features, H, W) to the same shape."""
        normed: Tensor = self.norm(grid)
        if self.gain is None or self.bias is None or classes is None:
            return normed
        shaped: Tensor = normed * self.gain(classes)[..., None, None] + self.bias(classes)[..., None, None]
        return shaped


class UpBlock(nn.Module):
    """Twice the side: a transposed and a plain convolution, beside nearest neighbours of 1x1."""

    def __init__(self, inputs: int, outputs: int, classes: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = ClassNorm(inputs, classes), ClassNorm(outputs, classes)
        self.enlarge = nn.ConvTranspose2d(inputs, outputs, 4, 2, 1, bias=False)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, grid: Tensor, classes: Tensor | None) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, 2 H, 2 W)."""
        hidden: Tensor = self.enlarge(functional.relu(self.norm1(grid, classes)))
        hidden = self.second(functional.relu(self.norm2(hidden, classes)))
        return hidden + functional.interpolate(self.shortcut(grid), scale_factor=2.0)


class ResidualGenerator(Generator):
    """A dense layer, blocks of twice the side each, and a pixel-shuffle to full resolution."""

    def __init__(self, config: GenerateConfig) -> None:
        super().__init__(config)
        sides = [config.first_side << step for step in range(config.doublings)]
        widths = [config.features(side) for side in sides]
        self.first = nn.Linear(self.latent_width, widths[0] * sides[0] ** 2)
        pairs = itertools.pairwise(widths)
        self.blocks = nn.ModuleList(UpBlock(inputs, outputs, config.classes) for inputs, outputs in pairs)
        self.norm = ClassNorm(widths[-1], config.classes)
        self.last = nn.Conv2d(widths[-1], 4 * config.channels, 3, 1, 1)

    def synthesis(self, w: Tensor, classes: Tensor | None = None) -> Tensor:
        """Map latents (N, Z) and classes to images (N, C, side, side) in [0, 1]."""
        side = self.config.first_side
        grid = self.first(self.joined(w, classes)).view(len(w), side, side, -1).permute(0, 3, 1, 2)
        for block in self.blocks:
            grid = block(grid, classes)
        cells = self.last(functional.relu(self.norm(grid, classes)))
        return functional.pixel_shuffle(cells, 2).sigmoid()

    def factor_weight(self) -> Tensor:
        """Return the first dense layer's weight, as it acts on the latent: (K, Z)."""
        return self.first.weight[:, : self.config.latent]


class DownBlock(nn.Module):
    """Half the side: a plain and a strided convolution, beside means of 2x2 through 1x1."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, inputs, 3, 1, 1)
        self.halve = nn.Conv2d(inputs, outputs, 4, 2, 1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, grid: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, H / 2, W / 2)."""
        hidden: Tensor = self.halve(functional.relu(self.first(functional.relu(grid))))
        shortcut: Tensor = self.shortcut(functional.avg_pool2d(grid, 2))
        return hidden + shortcut


class ResidualDiscriminator(nn.Module):
    """A pixel-unshuffle, blocks of half the side each, one at the first grid, a sum over places, classes.

    As in progressive growing (Karras et al. 2018), it sees how much neighbours of a batch differ.
    """

    def __init__(self, config: GenerateConfig) -> None:
        super().__init__()
        sides = [config.first_side << step for step in reversed(range(config.doublings))]
        widths = [config.features(side) for side in sides]
        self.enter = nn.Conv2d(4 * config.channels, widths[0], 3, 1, 1)
        pairs = itertools.pairwise(widths)
        self.blocks = nn.ModuleList(DownBlock(*pair) for pair in pairs)
        self.spread = MinibatchStd()
        self.last = nn.Conv2d(widths[-1] + 1, widths[-1], 3, 1, 1)
        self.logits = Projection(widths[-1], config.classes)
        with_spectral_norm(self)

    def forward(self, image: Tensor, classes: Tensor | None = None) -> Tensor:
        """Map (N, C, side, side) in [0, 1] to logits (N, 1)."""
        cells = functional.pixel_unshuffle(image * 2 - 1, 2)
        grid = self.enter(cells.contiguous(memory_format=torch.channels_last))
        for block in self.blocks:
            grid = block(grid)
        grid = grid + self.last(self.spread(functional.relu(grid)))
        logits: Tensor = self.logits(functional.relu(grid).sum((2, 3)), classes)
        return logits
