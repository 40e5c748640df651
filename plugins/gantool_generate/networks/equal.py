"""Layers of equalised learning rate (Karras et al. 2018, "Progressive Growing of GANs", section 4.1).

Weights are drawn from N(0, 1) and scaled when they are used, so that Adam moves all of them alike.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

SLOPE = 0.2


def activate(features: Tensor) -> Tensor:
    """Return leaky ReLU times sqrt(2), which keeps the variance."""
    return functional.leaky_relu(features, SLOPE) * math.sqrt(2)


class EqualLinear(nn.Module):
    """A dense layer; `rate` lowers its learning rate further, as that of a mapping network."""

    def __init__(self, inputs: int, outputs: int, bias: float = 0.0, rate: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), bias / rate))
        self.scale, self.rate = rate / math.sqrt(inputs), rate

    def forward(self, features: Tensor) -> Tensor:
        """Map (N, inputs) to (N, outputs)."""
        return functional.linear(features, self.weight * self.scale, self.bias * self.rate)


class EqualConv(nn.Module):
    """A convolution of odd `kernel` and the same size, or of kernel 4 and half of it."""

    def __init__(self, inputs: int, outputs: int, kernel: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = 1 / math.sqrt(inputs * kernel**2)
        self.stride, self.padding = (2, 1) if kernel == 4 else (1, kernel // 2)

    def forward(self, grid: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, H, W) or, of kernel 4, (N, outputs, H / 2, W / 2)."""
        return functional.conv2d(grid, self.weight * self.scale, self.bias, self.stride, self.padding)
