"""Targets with edges made stronger than the photograph has them (unsharp masking).

A generator that cannot know where an edge lies exactly makes it softer than it is; taught on sharpened
pictures, as Real-ESRGAN is (Wang et al. 2021, section 3.3), it comes nearer.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gantool_superres.degrade import blurred, gaussian_kernel

SIGMA = 1.0
"""Of the blur that is taken off, in LR pixels: about as wide as an edge that is enlarged stays."""

THRESHOLD = 10 / 255
"""What differs less from its surroundings is left alone: grain, and what JPEG leaves."""


def sharpen(image: Tensor, scale: int, amount: float) -> Tensor:
    """Return (N, C, H, W) in [0, 1], its edges stronger by `amount` times what they differ from a blur."""
    if amount == 0:
        return image
    kernel = gaussian_kernel(SIGMA * scale, SIGMA * scale, 0.0)
    detail = image - blurred(image, kernel)
    # The mask is blurred, too, so that nothing ends abruptly.
    edges = blurred((detail.abs() > THRESHOLD).to(image.dtype), kernel)
    return torch.lerp(image, (image + amount * detail).clamp(0, 1), edges)
