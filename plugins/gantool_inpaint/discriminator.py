"""SN-PatchGAN: a discriminator that judges places of a picture, told where the holes are."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from gantool.networks.discriminator import SLOPE, started, with_detail

SIDES_MULTIPLE_OF = 16
"""What the sides of a judged picture must be multiples of: it is halved four times."""


class PatchDiscriminator(nn.Module):
    """Strided convolutions with spectral norm over picture and mask (SN-PatchGAN, Yu et al. 2019).

    Each logit sees about 100 pixels around its own 16. Picture (`with_detail`) and mask are pixel-unshuffled
    first, which spares the costly full resolution and loses nothing; kernels of 4 touch every pixel equally
    often. The ends have no spectral norm: with it, logits hardly left 0.
    """

    def __init__(self, width: int = 48) -> None:
        super().__init__()

        def halving(inputs: int, outputs: int) -> nn.Module:
            return spectral_norm(nn.Conv2d(inputs, outputs, 4, 2, 1))

        self.enter = started(nn.Conv2d(4 * (3 + 3 + 1), width, 3, 1, 1), 1.0)
        self.down = nn.ModuleList(
            (halving(width, 2 * width), halving(2 * width, 4 * width), halving(4 * width, 4 * width))
        )
        self.judge = started(nn.Conv2d(4 * width, 1, 3, 1, 1), 0.3)

    def forward(self, image: Tensor, mask: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return logits (N, 1, H / 16, W / 16) and features of (N, 3, H, W) in [0, 1] and (N, 1, H, W)."""
        joined = torch.cat((with_detail(image), mask), 1)
        hidden = functional.pixel_unshuffle(joined, 2).contiguous(memory_format=torch.channels_last)
        features = []
        for layer in (self.enter, *self.down):
            hidden = functional.leaky_relu(layer(hidden), SLOPE)
            features.append(hidden)
        return self.judge(hidden), tuple(features)
