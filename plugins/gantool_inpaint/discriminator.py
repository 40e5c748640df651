"""SN-PatchGAN: a discriminator that judges places of a picture, told where the holes are."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

SIDES_MULTIPLE_OF = 16
"""What the sides of a judged picture must be multiples of: it is halved four times."""

SLOPE = 0.2

DETAIL, DETAIL_GAIN = 5, 8.0
"""Side of the squares whose mean is taken off to see fine detail, and how much it is amplified."""


class PatchDiscriminator(nn.Module):
    """Strided convolutions with spectral norm over picture and mask (SN-PatchGAN, Yu et al. 2019).

    Each logit sees about 100 pixels around its own 16. Beside the picture stands its fine detail, amplified:
    what gives a fill away is mostly that it is smooth, and from the picture alone that took thousands of
    steps to learn. Both are pixel-unshuffled first, which spares the costly full resolution and loses
    nothing; kernels of 4 touch every pixel equally often. The ends have no spectral norm: with it, logits
    hardly left 0.
    """

    def __init__(self, width: int = 48) -> None:
        super().__init__()

        def halving(inputs: int, outputs: int) -> nn.Module:
            return spectral_norm(nn.Conv2d(inputs, outputs, 4, 2, 1))

        self.enter = _started(nn.Conv2d(4 * (3 + 3 + 1), width, 3, 1, 1), 1.0)
        self.down = nn.ModuleList(
            (halving(width, 2 * width), halving(2 * width, 4 * width), halving(4 * width, 4 * width))
        )
        self.judge = _started(nn.Conv2d(4 * width, 1, 3, 1, 1), 0.3)

    def forward(self, image: Tensor, mask: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return logits (N, 1, H / 16, W / 16) and features of (N, 3, H, W) in [0, 1] and (N, 1, H, W)."""
        around = functional.avg_pool2d(image, DETAIL, 1, DETAIL // 2, count_include_pad=False)
        joined = torch.cat((2 * (image - 0.5), DETAIL_GAIN * (image - around), mask), 1)
        hidden = functional.pixel_unshuffle(joined, 2).contiguous(memory_format=torch.channels_last)
        features = []
        for layer in (self.enter, *self.down):
            hidden = functional.leaky_relu(layer(hidden), SLOPE)
            features.append(hidden)
        return self.judge(hidden), tuple(features)


def _started(layer: nn.Conv2d, gain: float) -> nn.Conv2d:
    """Return the layer with weights that keep the scale of what comes in (He et al. 2015), times `gain`."""
    nn.init.kaiming_normal_(layer.weight, SLOPE)
    with torch.no_grad():
        layer.weight.mul_(gain)
    return layer
