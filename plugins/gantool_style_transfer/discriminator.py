"""The patch discriminator: it sees strokes, not what is painted with them."""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class PatchDiscriminator(nn.Module):
    """PatchGAN (Isola et al. 2017) with spectral norm (Miyato et al. 2018), over pictures unshuffled by 2.

    Each logit sees 52 pixels a side: with more it would tell photographs from paintings by what they show.
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()

        def normed(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Module:
            return spectral_norm(nn.Conv2d(inputs, outputs, kernel, stride, 1))

        self.layers = nn.ModuleList(
            (
                normed(12, width, 4, 2),
                normed(width, 2 * width, 4, 2),
                normed(2 * width, 4 * width, 3, 1),
            )
        )
        self.judge = nn.Conv2d(4 * width, 1, 3, 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Map (N, 3, H, W) in [0, 1] to logits (N, 1, H / 8, W / 8); sides are multiples of 8."""
        hidden = functional.pixel_unshuffle(image, 2) - 0.5
        for layer in self.layers:
            hidden = functional.leaky_relu(layer(hidden), 0.2)
        logits: Tensor = self.judge(hidden)
        return logits
