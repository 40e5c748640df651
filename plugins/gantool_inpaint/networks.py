"""The generator of inpainting: a smooth fill to start from, and a U-Net of plain convolutions over it.

The smooth fill reaches across a hole of any size (pull-push, Gortler et al. 1996); what the U-Net adds to
it is structure and texture. Pixel-unshuffle first, then residual blocks at a half, a quarter and an eighth of
the size (U-Net, Ronneberger et al. 2015), the last ones dilated (Iizuka et al. 2017) to see the whole hole.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gantool.networks.config import NetworkConfig
from gantool.networks.foldable import Foldable
from gantool.networks.overparameterised import OverParameterised, convolution
from gantool.networks.residual import ResidualBlock
from gantool_inpaint.fill import smooth_fill

ARCHITECTURE = "gantool-inpaint-unet"
MULTIPLE_OF = 8
"""What the sides of a picture must be multiples of: the network halves three times."""

DILATIONS = (2, 4)
"""Of the blocks at an eighth of the size, in turn: with them 64 pixels on each side are in view."""


@dataclass(frozen=True)
class InpaintConfig(NetworkConfig):
    """All that rebuilding a generator needs: widths of the three levels, and blocks on the way through them.

    `blocks1` and `blocks2` are at a half and a quarter of the size on the way down, `middle` is at an
    eighth, `back2` and `back1` are on the way up.
    """

    width1: int = 32
    width2: int = 96
    width3: int = 96
    blocks1: int = 0
    blocks2: int = 1
    middle: int = 2
    back2: int = 1
    back1: int = 1


class Generator(Foldable[InpaintConfig]):
    """Picture and mask to the picture with its holes filled, not clipped."""

    def __init__(self, config: InpaintConfig, training: bool = False) -> None:
        super().__init__(config)

        def blocks(width: int, count: int, dilations: tuple[int, ...] = (1,)) -> nn.Sequential:
            turns = (dilations[i % len(dilations)] for i in range(count))
            # Over-parameterising wide kernels costs more than applying them does.
            surplus = training and width <= 96
            return nn.Sequential(*(ResidualBlock(width, surplus, dilation=turn) for turn in turns))

        wide1, wide2, wide3 = config.width1, config.width2, config.width3
        self.head = convolution(4 * 4, wide1, training)
        self.down1 = blocks(wide1, config.blocks1)
        self.reduce1 = nn.Conv2d(wide1, wide2, 2, 2)
        self.down2 = blocks(wide2, config.blocks2)
        self.reduce2 = nn.Conv2d(wide2, wide3, 2, 2)
        self.middle = blocks(wide3, config.middle, DILATIONS)
        self.enlarge2 = nn.ConvTranspose2d(wide3, wide2, 2, 2)
        self.up2 = blocks(wide2, config.back2)
        self.enlarge1 = nn.ConvTranspose2d(wide2, wide1, 2, 2)
        self.up1 = blocks(wide1, config.back1)
        self.tail = convolution(wide1, 4 * 3, training)
        self._start_from_fill()

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Map an image (N, 3, H, W) and a mask (N, 1, H, W), 1 in holes, to (N, 3, H, W).

        H and W are multiples of 8. What the image has under the mask does not matter; what it has elsewhere
        comes out as it went in.
        """
        return self.complete(smooth_fill(image, mask), mask)

    def complete(self, start: Tensor, mask: Tensor) -> Tensor:
        """Add to a first fill `start` (N, 3, H, W), the picture outside holes, what the holes lack."""
        joined = functional.pixel_unshuffle(torch.cat((start - 0.5, mask.to(start.dtype)), 1), 2)
        half = self.down1(self.head(joined.contiguous(memory_format=torch.channels_last)))
        quarter = self.down2(self.reduce1(half))
        eighth = self.middle(self.reduce2(quarter))
        quarter = self.up2(quarter + self.enlarge2(eighth))
        half = self.up1(half + self.enlarge1(quarter))
        return start + mask * functional.pixel_shuffle(self.tail(half), 2)

    @torch.no_grad()
    def _start_from_fill(self) -> None:
        """Add nothing to the smooth fill at first; with random weights a thousand patches go into that."""
        kernel, bias = torch.zeros(4 * 3, self.config.width1, 3, 3), torch.zeros(4 * 3)
        if isinstance(self.tail, OverParameterised):
            self.tail.unfold(kernel, bias)
        else:
            self.tail.load_state_dict({"weight": kernel, "bias": bias})
