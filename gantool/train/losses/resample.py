"""Bilinear resampling that can be differentiated any number of times."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as functional
from torch import Tensor


def resample(image: Tensor, grid: Tensor) -> Tensor:
    """Read `image` (N, C, H, W) at `grid` (N, h, w, 2), bilinearly, mirrored at its borders: (N, C, h, w).

    `grid` is a constant and as `torch.nn.functional.grid_sample` takes it, with `align_corners` false.
    grid_sample's own gradient cannot be differentiated in every torch that gantool runs with, which the
    gradient penalties need. In the image it is linear: the gradient is its transpose, the gradient of that
    is itself.
    """
    sampled: Tensor = _Sample.apply(image, grid)
    return sampled


def _sample(image: Tensor, grid: Tensor) -> Tensor:
    return functional.grid_sample(image, grid, padding_mode="reflection", align_corners=False)


class _Sample(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, image: Tensor, grid: Tensor) -> Tensor:
        ctx.save_for_backward(grid)
        ctx.shape = image.shape
        return _sample(image, grid)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None]:
        (grid,) = ctx.saved_tensors
        return _Transposed.apply(slopes[0], grid, ctx.shape), None


class _Transposed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, slope: Tensor, grid: Tensor, shape: torch.Size) -> Tensor:
        ctx.save_for_backward(grid)
        with torch.enable_grad():
            blank = slope.new_zeros(shape).requires_grad_()
            (back,) = torch.autograd.grad(_sample(blank, grid), blank, slope)
        return back

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor, None, None]:
        (grid,) = ctx.saved_tensors
        return _Sample.apply(slopes[0], grid), None, None
