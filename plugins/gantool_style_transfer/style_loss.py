"""What ties a picture to a painting's manner and to its photograph, in VGG16's features and in edges."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as functional
from torch import Tensor

from gantool.train.losses.style import gram
from gantool.train.perceptual import Perceptual

DEEPEST = "relu3_3"
"""The last tap: beyond it a step costs half as much again, and strokes are smaller than what it sees."""

CONTENT = "relu3_3"
_WINDOW = 9
_SOBEL = ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0))
_LUMA = (0.299, 0.587, 0.114)

Grams = Mapping[str, Tensor]
Taps = Mapping[str, Tensor]


def taps(perceptual: Perceptual, image: Tensor) -> dict[str, Tensor]:
    """Return the features of (N, 3, H, W) at each tap, in units of its mean activation."""
    found = perceptual.taps(image.contiguous(memory_format=torch.channels_last), DEEPEST)
    return {name: tap / perceptual.tap_means[name] for name, tap in found.items()}


def grams(features: Taps) -> dict[str, Tensor]:
    """Return the Gram matrix of each tap, (N, C, C) in float32."""
    return {name: gram(tap) for name, tap in features.items()}


def style_distance(made: Grams, wanted: Grams) -> Tensor:
    """Return the mean over taps and samples of |G - G'|^2 / |G'|^2, a float32 scalar: 1 for a black picture.

    Gatys et al. 2016; relative, so that each tap counts as much as the others.
    """
    apart = [
        ((matrix - wanted[name]).square().sum((1, 2)) / wanted[name].square().sum((1, 2))).mean()
        for name, matrix in made.items()
    ]
    return torch.stack(apart).mean()


def content_distance(made: Taps, photo: Taps) -> Tensor:
    """Return the mean absolute difference of deep features, place by place (Johnson et al. 2016)."""
    return (made[CONTENT] - photo[CONTENT]).abs().float().mean()


def edge_distance(made: Tensor, photo: Tensor) -> Tensor:
    """Return 1 - SSIM of the brightness's Sobel magnitudes of two pictures (N, 3, H, W), a float32 scalar.

    Strokes may have any colour and brightness; what they have to keep is where things end. The window
    is a box of 9 pixels.
    """
    with torch.autocast(made.device.type, enabled=False):
        first, second = edges(made.float()), edges(photo.float())
        means = [functional.avg_pool2d(one, _WINDOW, 1) for one in (first, second)]
        squares = [functional.avg_pool2d(one * one, _WINDOW, 1) for one in (first, second)]
        both = functional.avg_pool2d(first * second, _WINDOW, 1) - means[0] * means[1]
        spread = squares[0] + squares[1] - means[0] ** 2 - means[1] ** 2
        strength = (2 * means[0] * means[1] + 1e-4) / (means[0] ** 2 + means[1] ** 2 + 1e-4)
        similarity = strength * (2 * both + 9e-4) / (spread + 9e-4)
        return 1 - similarity.mean()


def edges(image: Tensor) -> Tensor:
    """Return the Sobel magnitude of brightness, (N, 1, H - 2, W - 2), 1 for a step from black to white."""
    weights = torch.tensor(_LUMA, device=image.device).view(1, 3, 1, 1)
    grey = (image * weights).sum(1, keepdim=True)
    across = torch.tensor(_SOBEL, device=image.device).view(1, 1, 3, 3) / 4
    gradients = functional.conv2d(grey, torch.cat((across, across.transpose(2, 3))))
    return torch.sqrt(gradients.square().sum(1, keepdim=True) + 1e-6)
