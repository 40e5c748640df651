"""A discriminator for tasks that map pictures to pictures."""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

SIDES_MULTIPLE_OF = 16
"""What the sides of a judged picture must be multiples of: it is halved four times."""


class UNetDiscriminator(nn.Module):
    """U-Net with spectral norm that judges every place (Schonfeld 2020; Real-ESRGAN, Wang 2021).

    The image is pixel-unshuffled first, which spares the costly full resolution and loses nothing.
    """

    def __init__(self, channels: int = 3, width: int = 32, unshuffle: int = 2) -> None:
        super().__init__()

        def normed(inputs: int, outputs: int, stride: int = 1) -> nn.Module:
            # A kernel of 4 at stride 2 touches every pixel equally often; with 3 the gradient, and soon the
            # generator's output, carries a checkerboard.
            return spectral_norm(nn.Conv2d(inputs, outputs, 2 + stride, stride, 1, bias=False))

        self.unshuffle = unshuffle
        self.enter = nn.Conv2d(channels * unshuffle**2, width, 3, 1, 1)
        self.down = nn.ModuleList(normed(width * 2**i, width * 2 ** (i + 1), 2) for i in range(3))
        self.up = nn.ModuleList(normed(width * 2 ** (i + 1), width * 2**i) for i in reversed(range(3)))
        self.smooth = normed(width, width)
        self.judge = nn.Conv2d(width, 1, 3, 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Map (N, C, H, W) to logits (N, 1, H / unshuffle, W / unshuffle); sizes are multiples of 16."""
        features = [functional.leaky_relu(self.enter(functional.pixel_unshuffle(image, self.unshuffle)), 0.2)]
        for down in self.down:
            features.append(functional.leaky_relu(down(features[-1]), 0.2))
        result = features.pop()
        for up in self.up:
            larger = functional.interpolate(result, scale_factor=2.0, mode="bilinear")
            result = functional.leaky_relu(up(larger), 0.2) + features.pop()
        logits: Tensor = self.judge(functional.leaky_relu(self.smooth(result), 0.2))
        return logits
