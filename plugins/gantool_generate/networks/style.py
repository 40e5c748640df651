"""A mapping network and modulated convolutions (Karras et al. 2020, StyleGAN2), and their discriminator.

"Analyzing and Improving the Image Quality of StyleGAN". As there: weight demodulation, skips of the picture
itself, a residual discriminator with minibatch standard deviation, equalised learning rates. Otherwise:
no noise is injected (as in StyleGAN3), transposed convolutions enlarge, and full resolution is left to a
pixel-shuffle, so that convolutions work at half the picture's side, or less.
"""

from __future__ import annotations

import itertools
import math

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gantool.train.losses.regularisers import MinibatchStd
from gantool_generate.config import GenerateConfig
from gantool_generate.networks.equal import EqualConv, EqualLinear, activate
from gantool_generate.networks.generator import Generator, Projection

MAPPING_LAYERS = 3
MAPPING_RATE = 0.1
"""Learning rate of the mapping network, over that of the rest."""
GROUP = 4
"""Pictures whose spread the discriminator sees, as in the paper."""


class StyledConv(nn.Module):
    """A convolution whose inputs are scaled by a style; with `demodulate`, outputs have variance 1 again.

    Scaling inputs and outputs is the same as scaling each sample's own weights, and needs no grouped
    convolution. A kernel of 4 doubles the side.
    """

    def __init__(self, inputs: int, outputs: int, w: int, kernel: int, demodulate: bool = True) -> None:
        super().__init__()
        self.style = EqualLinear(w, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        # Of a transposed convolution, a quarter of the kernel meets each output.
        self.scale = 1 / math.sqrt(inputs * (4 if kernel == 4 else kernel**2))
        self.demodulate = demodulate
        self.kernel = kernel

    def forward(self, grid: Tensor, w: Tensor) -> Tensor:
        """Map (N, inputs, H, W) and (N, w) to (N, outputs, H, W), or twice the sides."""
        style = self.style(w)
        weight = self.weight * self.scale
        scaled = grid * style[..., None, None].to(grid.dtype)
        if self.kernel == 4:
            made = functional.conv_transpose2d(scaled, weight.transpose(0, 1), stride=2, padding=1)
        else:
            made = functional.conv2d(scaled, weight, padding=self.kernel // 2)
        if self.demodulate:
            met = 0.25 if self.kernel == 4 else 1.0
            power = style.float().square() @ (met * weight.square().sum((2, 3))).t().float()
            made = made * torch.rsqrt(power + 1e-8)[..., None, None].to(made.dtype)
        return made + self.bias[:, None, None].to(made.dtype)


class StyleBlock(nn.Module):
    """One grid: enlarged from the one before, a convolution, and what it adds to the picture."""

    def __init__(self, inputs: int, outputs: int, config: GenerateConfig, first: bool) -> None:
        super().__init__()
        w = 2 * config.latent
        self.enlarge = None if first else StyledConv(inputs, outputs, w, 4)
        self.conv = StyledConv(outputs, outputs, w, 3)
        self.cells = StyledConv(outputs, 4 * config.channels, w, 1 if first else 3, demodulate=False)

    def forward(self, grid: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
        """Map the grid before to this one (N, outputs, H, W) and to pixels (N, C, 2 H, 2 W)."""
        if self.enlarge is not None:
            grid = activate(self.enlarge(grid, w))
        grid = activate(self.conv(grid, w))
        return grid, functional.pixel_shuffle(self.cells(grid, w), 2)


class StyleGenerator(Generator):
    """Latents and classes to intermediate latents w (N, 2 Z), and these, by modulation, to pictures."""

    def __init__(self, config: GenerateConfig) -> None:
        super().__init__(config)
        width = 2 * config.latent
        layers = [EqualLinear(self.latent_width, width, rate=MAPPING_RATE)]
        layers += [EqualLinear(width, width, rate=MAPPING_RATE) for _ in range(MAPPING_LAYERS - 1)]
        self.layers = nn.ModuleList(layers)
        sides = [config.first_side << step for step in range(config.doublings)]
        widths = [config.features(side) for side in sides]
        self.constant = nn.Parameter(torch.randn(1, widths[0], sides[0], sides[0]))
        pairs = zip([widths[0], *widths], widths, strict=False)
        self.blocks = nn.ModuleList(
            StyleBlock(inputs, outputs, config, first=not step)
            for step, (inputs, outputs) in enumerate(pairs)
        )
        self.register_buffer("mean_w", torch.zeros(max(1, config.classes), width))

    def mapping(self, latents: Tensor, classes: Tensor | None = None) -> Tensor:
        """Map latents (N, Z) and classes (N,) to w (N, 2 Z)."""
        hidden = self.joined(functional.rms_norm(latents, latents.shape[1:]), classes)
        for layer in self.layers:
            hidden = activate(layer(hidden))
        return hidden

    def synthesis(self, w: Tensor, classes: Tensor | None = None) -> Tensor:
        """Map w (N, 2 Z) to images (N, C, side, side) in [0, 1]; classes are in w already."""
        grid = self.constant.expand(len(w), -1, -1, -1).contiguous(memory_format=torch.channels_last)
        image = None
        for block in self.blocks:
            grid, added = block(grid, w)
            if image is not None:
                image = functional.interpolate(image, scale_factor=2.0, mode="bilinear")
            image = added.float() if image is None else image + added
        assert image is not None  # noqa: S101 - there is at least one block
        return torch.sigmoid(image)

    def factor_weight(self) -> Tensor:
        """Return all layers' affine maps from w to styles, one below the other: (K, 2 Z)."""
        convs = [part for part in self.modules() if isinstance(part, StyledConv)]
        return torch.cat([conv.style.weight for conv in convs])


class StyleDown(nn.Module):
    """Half the side, beside means of 2x2 through 1x1."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = EqualConv(inputs, inputs, 3)
        self.halve = EqualConv(inputs, outputs, 4)
        self.shortcut = EqualConv(inputs, outputs, 1)

    def forward(self, grid: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, H / 2, W / 2)."""
        hidden = activate(self.halve(activate(self.first(grid))))
        shortcut: Tensor = self.shortcut(functional.avg_pool2d(grid, 2))
        return (hidden + shortcut) * math.sqrt(0.5)


class StyleDiscriminator(nn.Module):
    """A pixel-unshuffle, residual blocks to the first grid, minibatch standard deviation, dense layers."""

    def __init__(self, config: GenerateConfig) -> None:
        super().__init__()
        sides = [config.first_side << step for step in reversed(range(config.doublings))]
        widths = [config.features(side) for side in sides]
        self.enter = EqualConv(4 * config.channels, widths[0], 3)
        self.blocks = nn.ModuleList(StyleDown(*pair) for pair in itertools.pairwise(widths))
        self.spread = MinibatchStd(GROUP)
        self.last = EqualConv(widths[-1] + 1, widths[-1], 3)
        self.dense = EqualLinear(widths[-1] * sides[-1] ** 2, widths[-1])
        self.logits = Projection(widths[-1], config.classes)

    def forward(self, image: Tensor, classes: Tensor | None = None) -> Tensor:
        """Map (N, C, side, side) in [0, 1] to logits (N, 1)."""
        cells = functional.pixel_unshuffle(image * 2 - 1, 2)
        grid = activate(self.enter(cells.contiguous(memory_format=torch.channels_last)))
        for block in self.blocks:
            grid = block(grid)
        grid = activate(self.last(self.spread(grid)))
        logits: Tensor = self.logits(activate(self.dense(grid.permute(0, 2, 3, 1).flatten(1))), classes)
        return logits
