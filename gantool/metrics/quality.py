"""PSNR and SSIM by the protocol of the super-resolution papers: on luma, borders cropped."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as functional
from torch import Tensor

_SSIM_WINDOW, _SSIM_SIGMA = 11, 1.5
_K1, _K2 = 0.01, 0.03


def luma(image: Tensor) -> Tensor:
    """Return BT.601 studio-swing luma, (N, 1, H, W) in [16 / 255, 235 / 255], of RGB in [0, 1].

    These are MATLAB's rgb2ycbcr coefficients, which the papers use. Grey is taken as R = G = B.
    """
    weights = torch.tensor([65.481, 128.553, 24.966], dtype=torch.float64, device=image.device) / 255
    rgb = image.expand(-1, 3, -1, -1) if image.shape[1] == 1 else image
    return (rgb.double() * weights.view(1, 3, 1, 1)).sum(1, keepdim=True) + 16 / 255


def crop_border(image: Tensor, border: int) -> Tensor:
    """Cut `border` pixels off each side."""
    return image[..., border:-border, border:-border] if border else image


def psnr(output: Tensor, target: Tensor, border: int = 0) -> float:
    """Return the peak signal-to-noise ratio, in dB, over all channels; infinite for equal images."""
    error = float((crop_border(output, border).double() - crop_border(target, border).double()).pow(2).mean())
    return -10 * math.log10(error) if error > 0 else math.inf


def psnr_y(output: Tensor, target: Tensor, border: int) -> float:
    """Return the PSNR, in dB, of luma."""
    return psnr(luma(output), luma(target), border)


def ssim(output: Tensor, target: Tensor, border: int = 0) -> float:
    """Return the structural similarity (Wang et al. 2004): Gaussian window of 11, sigma 1.5, valid part."""
    x, y = (crop_border(image, border).double() for image in (output, target))
    mean_x, mean_y = _blur(x), _blur(y)
    var_x, var_y = _blur(x * x) - mean_x**2, _blur(y * y) - mean_y**2
    covariance = _blur(x * y) - mean_x * mean_y
    structure = (2 * covariance + _K2**2) / (var_x + var_y + _K2**2)
    brightness = (2 * mean_x * mean_y + _K1**2) / (mean_x**2 + mean_y**2 + _K1**2)
    return float((structure * brightness).mean())


def ssim_y(output: Tensor, target: Tensor, border: int) -> float:
    """Return the SSIM of luma."""
    return ssim(luma(output), luma(target), border)


def _blur(image: Tensor) -> Tensor:
    axis = torch.arange(_SSIM_WINDOW, dtype=torch.float64, device=image.device) - _SSIM_WINDOW // 2
    line = torch.exp(-0.5 * (axis / _SSIM_SIGMA) ** 2)
    line = (line / line.sum()).expand(image.shape[1], 1, 1, -1)
    across = functional.conv2d(image, line, groups=image.shape[1])
    return functional.conv2d(across, line.transpose(2, 3), groups=image.shape[1])
