"""Exponential moving average of the generator's weights, over torch's own averaging."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel


def make_ema(generator: nn.Module, decay: float) -> AveragedModel:
    """Return an averaged copy; early on the decay is (1 + n) / (10 + n), so that the start is forgotten."""

    @torch.no_grad()
    def average(averaged: Sequence[Tensor], current: Sequence[Tensor], count: Tensor | int) -> None:
        n = int(count)
        weight = 1.0 - min(decay, (1 + n) / (10 + n))
        torch._foreach_lerp_(list(averaged), list(current), weight)

    return AveragedModel(generator, multi_avg_fn=average, use_buffers=False)
