"""A discriminator for tasks that map pictures to pictures, and what such networks share."""

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


def with_detail(image: Tensor) -> Tensor:
    """Return (N, 2 C, H, W): the picture (N, C, H, W) in [0, 1], centred, and its fine detail, amplified.

    What gives a made picture away is mostly that it is smooth; from the picture alone, discriminators here
    had learned nothing of it after hundreds to thousands of steps (docs/training.md).
    """
    around = functional.avg_pool2d(image, DETAIL, 1, DETAIL // 2, count_include_pad=False)
    return torch.cat((2 * (image - 0.5), DETAIL_GAIN * (image - around)), 1)


def started(layer: nn.Conv2d, gain: float) -> nn.Conv2d:
    """Return the layer with weights that keep the scale of what comes in (He et al. 2015), times `gain`."""
    nn.init.kaiming_normal_(layer.weight, SLOPE)
    with torch.no_grad():
        layer.weight.mul_(gain)
    return layer


class UNetDiscriminator(nn.Module):
    """U-Net with spectral norm that judges every place (Schonfeld 2020; Real-ESRGAN, Wang 2021).

    It sees the picture `with_detail`, pixel-unshuffled, which spares the costly full resolution and loses
    nothing. The ends have no spectral norm.
    """

    def __init__(self, channels: int = 3, width: int = 32, unshuffle: int = 2) -> None:
        super().__init__()

        def normed(inputs: int, outputs: int, stride: int = 1) -> nn.Module:
            # A kernel of 4 at stride 2 touches every pixel equally often; with 3 the gradient, and soon the
            # generator's output, carries a checkerboard.
            return spectral_norm(nn.Conv2d(inputs, outputs, 2 + stride, stride, 1, bias=False))

        self.unshuffle = unshuffle
        self.enter = started(nn.Conv2d(2 * channels * unshuffle**2, width, 3, 1, 1), 1.0)
        self.down = nn.ModuleList(normed(width * 2**i, width * 2 ** (i + 1), 2) for i in range(3))
        self.up = nn.ModuleList(normed(width * 2 ** (i + 1), width * 2**i) for i in reversed(range(3)))
        self.smooth = normed(width, width)
        self.judge = nn.Conv2d(width, 1, 3, 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Map (N, C, H, W) to logits (N, 1, H / unshuffle, W / unshuffle); sizes are multiples of 16."""
        seen = functional.pixel_unshuffle(with_detail(image), self.unshuffle)
        features = [
            functional.leaky_relu(self.enter(seen.contiguous(memory_format=torch.channels_last)), SLOPE)
        ]
        for down in self.down:
            features.append(functional.leaky_relu(down(features[-1]), SLOPE))
        result = features.pop()
        for up in self.up:
            larger = functional.interpolate(result, scale_factor=2.0, mode="bilinear")
            result = functional.leaky_relu(up(larger), SLOPE) + features.pop()
        logits: Tensor = self.judge(functional.leaky_relu(self.smooth(result), SLOPE))
        return logits
