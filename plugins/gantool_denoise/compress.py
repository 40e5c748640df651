"""JPEG as degradation: the real codec, with the 8x8 grid anywhere."""

from __future__ import annotations

import torch
from torch import Tensor

from gantool.train.codec import HALVED, jpeg


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
