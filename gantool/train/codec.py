"""What keeping a picture in a file does to it: 8 bits, and JPEG by the real codec."""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image
from torch import Tensor

HALVED = 2
"""Pillow's number of the chroma subsampling 4:2:0; 0 is 4:4:4."""


def quantise(image: Tensor) -> Tensor:
    """Clip to [0, 1] and round to steps of 1/255."""
    return image.clamp(0, 1).mul(255).round().div(255)


def jpeg(image: Tensor, quality: int, sampling: int = HALVED) -> Tensor:
    """Return (3, H, W) in [0, 1] as it comes back from a JPEG file of that quality, 1 to 100."""
    array = image.permute(1, 2, 0).clamp(0, 1).mul(255).round().to(torch.uint8).cpu().numpy()
    with io.BytesIO() as file:
        Image.fromarray(array).save(file, "JPEG", quality=quality, subsampling=sampling)
        decoded = np.array(Image.open(file))
    return torch.from_numpy(decoded).permute(2, 0, 1).to(image.device).float().div(255)
