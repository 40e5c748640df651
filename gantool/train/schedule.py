"""Learning rates as functions of progress, so that a time budget is as good as a step budget."""

from __future__ import annotations

import math

from torch.optim import Optimizer


def rate_factor(progress: float, warmup: float, end: float) -> float:
    """Return the factor on the peak rate: linear warm-up, then a cosine to `end` (SGDR, Loshchilov 2017)."""
    if progress < warmup:
        return (progress + 1e-3) / (warmup + 1e-3)
    passed = (progress - warmup) / max(1e-12, 1.0 - warmup)
    return end + (1.0 - end) * 0.5 * (1.0 + math.cos(math.pi * min(1.0, passed)))


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """Set the learning rate of every parameter group."""
    for group in optimizer.param_groups:
        group["lr"] = rate
