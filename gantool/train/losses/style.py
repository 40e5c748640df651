"""Style distance: which features occur together, wherever they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from gantool.train.perceptual import Perceptual


def style(perceptual: Perceptual, fake: Tensor, target: Tensor) -> Tensor:
    """Return the mean over taps and pictures of the squared distance |G(fake) - G(target)|^2.

    Gatys et al. 2016 (CVPR), normalised as in "Perceptual Losses" by Johnson et al. 2016 (ECCV).
    Each tap is in units of its stored mean activation, so that one recipe serves differently scaled
    backbones.

    Args:
        perceptual: the VGG16; may run under autocast.
        fake: (N, 1 | 3, H, W) in [0, 1].
        target: (N, 1 | 3, H', W') in [0, 1]; the gradient does not reach it.
    """
    with torch.no_grad():
        wanted = perceptual.taps(target)
    distances = [
        (gram(tap / perceptual.tap_means[name]) - gram(wanted[name] / perceptual.tap_means[name]))
        .square()
        .sum((1, 2))
        .mean()
        for name, tap in perceptual.taps(fake).items()
    ]
    return torch.stack(distances).mean()


def gram(features: Tensor) -> Tensor:
    """Return F F^T / (C H W), (N, C, C) in float32, of features (N, C, H, W)."""
    with torch.autocast(features.device.type, enabled=False):
        flat = features.float().flatten(2)
        product = flat @ flat.transpose(1, 2)
        return product / (flat.shape[1] * flat.shape[2])
