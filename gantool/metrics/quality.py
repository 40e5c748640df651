"""PSNR and SSIM by the protocol of the super-resolution papers: on luma, borders cropped."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as functional
from torch import Tensor

SSIM_WINDOW, SSIM_SIGMA = 11, 1.5
_K1, _K2 = 0.01, 0.03


def luma(image: Tensor) -> Tensor:
    """Return BT.601 studio-swing luma, (N, 1, H, W) in [16 / 255, 235 / 255], of (N, C, H, W) in [0, 1].

    These are MATLAB's rgb2ycbcr coefficients, which the papers use. Grey is taken as R = G = B.
    """
    weights = torch.tensor([65.481, 128.553, 24.966], dtype=torch.float64, device=image.device) / 255
    rgb = image.expand(-1, 3, -1, -1) if image.shape[1] == 1 else image
    return (rgb.double() * weights.view(1, 3, 1, 1)).sum(1, keepdim=True) + 16 / 255


def psnr(output: Tensor, target: Tensor, border: int = 0) -> float:
    """Return the peak signal-to-noise ratio, in dB, over all channels; infinite for equal images.

    It is NaN where a value is, or where nothing is left inside the border: that is not to pass for equal.

    Args:
        output: (N, C, H, W), peak 1.
        target: the same shape.
        border: pixels left out on each side.

    Raises:
        ValueError: the shapes differ.
    """
    first, second = _compared(output, target, border)
    error = float((first - second).square().mean())
    return math.inf if error == 0 else -10 * math.log10(error)


def psnr_y(output: Tensor, target: Tensor, border: int) -> float:
    """Return the PSNR, in dB, of luma; arguments as `psnr`."""
    return psnr(luma(output), luma(target), border)


def ssim(output: Tensor, target: Tensor, border: int = 0) -> float:
    """Return the structural similarity of Wang et al. 2004, the mean over all channels.

    As their MATLAB code: Gaussian window of 11 pixels, sigma 1.5, K 0.01 and 0.03, and only where the
    window lies wholly inside. Arguments and errors as `psnr`; at least 11 pixels a side must be left.
    """
    return float(ssim_map(output, target, border).mean())


def ssim_map(output: Tensor, target: Tensor, border: int = 0) -> Tensor:
    """Return the structural similarity around each pixel, (N, C, H - 10, W - 10); all else as `ssim`."""
    x, y = _compared(output, target, border)
    mean_x, mean_y = _blur(x), _blur(y)
    var_x, var_y = _blur(x * x) - mean_x**2, _blur(y * y) - mean_y**2
    covariance = _blur(x * y) - mean_x * mean_y
    structure = (2 * covariance + _K2**2) / (var_x + var_y + _K2**2)
    brightness = (2 * mean_x * mean_y + _K1**2) / (mean_x**2 + mean_y**2 + _K1**2)
    return structure * brightness


def ssim_y(output: Tensor, target: Tensor, border: int) -> float:
    """Return the SSIM of luma; arguments as `ssim`."""
    return ssim(luma(output), luma(target), border)


def _compared(output: Tensor, target: Tensor, border: int) -> tuple[Tensor, Tensor]:
    """Return both in double precision without their borders."""
    if output.shape != target.shape:
        raise ValueError(f"images of {tuple(output.shape)} and {tuple(target.shape)} cannot be compared")
    inside = slice(border, -border) if border else slice(None)
    return output[..., inside, inside].double(), target[..., inside, inside].double()


def _blur(image: Tensor) -> Tensor:
    """Return the Gaussian means, (N, C, H - 10, W - 10)."""
    axis = torch.arange(SSIM_WINDOW, dtype=torch.float64, device=image.device) - SSIM_WINDOW // 2
    line = torch.exp(-0.5 * (axis / SSIM_SIGMA) ** 2)
    line = (line / line.sum()).expand(image.shape[1], 1, 1, -1)
    across = functional.conv2d(image, line, groups=image.shape[1])
    return functional.conv2d(across, line.transpose(2, 3), groups=image.shape[1])
