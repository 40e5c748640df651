"""JPEG as degradation: the real codec, with the 8x8 grid anywhere."""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image
from torch import Tensor

FULL, HALVED = 0, 2
"""Pillow's numbers of the chroma subsamplings 4:4:4 and 4:2:0."""


def jpeg_some(image: Tensor, share: float, quality: tuple[int, int], rng: torch.Generator) -> Tensor:
    """Compress a share of (N, 3, h, w) in [0, 1], each at its own quality, drawn evenly."""
    count = len(image)
    chosen = (torch.rand(count, generator=rng) < share).tolist()
    qualities = torch.randint(quality[0], quality[1] + 1, (count,), generator=rng).tolist()
    # Half of the pictures were cropped after they were compressed: their grid begins anywhere.
    offsets = torch.randint(8, (count, 2), generator=rng) * torch.randint(2, (count, 1), generator=rng)
    samplings = torch.randint(2, (count,), generator=rng).tolist()
    return torch.stack(
        [
            _shifted_jpeg(sample, qualities[i], samplings[i] * HALVED, offsets[i].tolist())
            if chosen[i]
            else sample
            for i, sample in enumerate(image)
        ]
    )


def _shifted_jpeg(image: Tensor, quality: int, sampling: int, offset: list[int]) -> Tensor:
    back = [-step for step in offset]
    return torch.roll(jpeg(torch.roll(image, offset, (1, 2)), quality, sampling), back, (1, 2))


def jpeg(image: Tensor, quality: int, sampling: int = HALVED) -> Tensor:
    """Return (3, H, W) in [0, 1] as it comes back from a JPEG file of that quality."""
    array = image.permute(1, 2, 0).clamp(0, 1).mul(255).round().to(torch.uint8).cpu().numpy()
    with io.BytesIO() as file:
        Image.fromarray(array).save(file, "JPEG", quality=quality, subsampling=sampling)
        decoded = np.array(Image.open(file))
    return torch.from_numpy(decoded).permute(2, 0, 1).to(image.device).float().div(255)
