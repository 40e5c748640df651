"""The generator of denoising: a U-Net of plain convolutions that never sees full resolution.

Pixel-unshuffle first (FFDNet, Zhang et al. 2018), then residual blocks at a half, a quarter and an
eighth of the picture's size (U-Net, Ronneberger et al. 2015; DRUNet, Zhang et al. 2021). The noise
level is a further input channel. What comes out is subtracted (DnCNN, Zhang et al. 2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gantool.networks.config import NetworkConfig
from gantool.networks.foldable import Foldable
from gantool.networks.overparameterised import convolution
from gantool.networks.residual import ResidualBlock

ARCHITECTURE = "gantool-denoise-unet"
MULTIPLE_OF = 8
"""What the sides of a picture must be multiples of: the network halves three times."""

LEVEL_UNIT = 50 / 255
"""The noise level that the network sees as 1, so that its input is of the order of one."""


@dataclass(frozen=True)
class DenoiseConfig(NetworkConfig):
    """All that rebuilding a generator needs: widths of the three levels, and blocks on the way through them.

    `blocks1` and `blocks2` are at a half and a quarter of the size on the way down, `middle` is at an
    eighth, `back2` and `back1` are on the way up.
    """

    width1: int
    width2: int
    width3: int
    blocks1: int
    blocks2: int
    middle: int
    back2: int
    back1: int
    channels: int = 3

    @property
    def halo(self) -> int:
        """Receptive-field radius in pixels, at most: each 3x3 convolution reaches one cell of its level.

        The last 8 are for cells themselves, since a pixel may lie at a cell's far end.
        """
        half = 2 * (2 + 2 * self.blocks1 + 2 * self.back1)
        return half + 4 * 2 * (self.blocks2 + self.back2) + 8 * 2 * self.middle + 8

    @property
    def work(self) -> int:
        """Multiply-adds for a pixel."""
        block1, block2, block3 = (2 * 9 * width**2 for width in (self.width1, self.width2, self.width3))
        half = block1 * (self.blocks1 + self.back1) + 9 * self.width1 * (8 * self.channels + 1)
        quarter = block2 * (self.blocks2 + self.back2) + 8 * self.width1 * self.width2
        eighth = block3 * self.middle + 8 * self.width2 * self.width3
        return half // 4 + quarter // 16 + eighth // 64


class Generator(Foldable[DenoiseConfig]):
    """Noisy image and noise level to the clean image, not clipped."""

    def __init__(self, config: DenoiseConfig, training: bool = False) -> None:
        super().__init__(config)

        def blocks(width: int, count: int) -> nn.Sequential:
            # Over-parameterising wide kernels costs more than applying them does.
            return nn.Sequential(*(ResidualBlock(width, training and width <= 96) for _ in range(count)))

        wide1, wide2, wide3 = config.width1, config.width2, config.width3
        self.head = convolution(4 * config.channels + 1, wide1, training)
        self.down1 = blocks(wide1, config.blocks1)
        self.reduce1 = nn.Conv2d(wide1, wide2, 2, 2)
        self.down2 = blocks(wide2, config.blocks2)
        self.reduce2 = nn.Conv2d(wide2, wide3, 2, 2)
        self.middle = blocks(wide3, config.middle)
        self.enlarge2 = nn.ConvTranspose2d(wide3, wide2, 2, 2)
        self.up2 = blocks(wide2, config.back2)
        self.enlarge1 = nn.ConvTranspose2d(wide2, wide1, 2, 2)
        self.up1 = blocks(wide1, config.back1)
        self.tail = convolution(wide1, 4 * config.channels, training)

    def forward(self, image: Tensor, sigma: Tensor) -> Tensor:
        """Map (N, C, H, W) and sigma (N, 1, 1, 1), of the image's unit, to (N, C, H, W).

        H and W are multiples of 8.
        """
        small = functional.pixel_unshuffle(image, 2)
        level = (sigma / LEVEL_UNIT).expand(-1, 1, *small.shape[2:]).to(small.dtype)
        joined = torch.cat((small, level), 1).contiguous(memory_format=torch.channels_last)
        half = self.down1(self.head(joined))
        quarter = self.down2(self.reduce1(half))
        eighth = self.middle(self.reduce2(quarter))
        quarter = self.up2(quarter + self.enlarge2(eighth))
        half = self.up1(half + self.enlarge1(quarter))
        return image - functional.pixel_shuffle(self.tail(half), 2)
