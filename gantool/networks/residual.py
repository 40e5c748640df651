"""The residual block of plain networks (EDSR, Lim et al. 2017: without batch norm)."""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor, nn

from gantool.networks.overparameterised import convolution


class ResidualBlock(nn.Module):
    """x + conv(act(conv(x))) with 3x3 kernels, over-parameterised where `training`; reaches 2 pixels.

    With a `dilation` the first kernel is spread by it, and reaches that many pixels.
    """

    def __init__(self, width: int, training: bool, slope: float = 0.1, dilation: int = 1) -> None:
        super().__init__()
        self.slope = slope
        self.first = convolution(width, width, training, dilation)
        self.second = convolution(width, width, training)

    def forward(self, features: Tensor) -> Tensor:
        """Map (N, width, H, W) to the same shape."""
        hidden = functional.leaky_relu(self.first(features), self.slope, inplace=True)
        output: Tensor = features + self.second(hidden)
        return output
