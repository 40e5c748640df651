"""Losses of super-resolution: pure functions of tensors."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor


def charbonnier(output: Tensor, target: Tensor, epsilon: float = 1e-3) -> Tensor:
    """Return mean sqrt(d^2 + epsilon^2) (Lai et al. 2017), a smooth L1; both (N, C, H, W)."""
    return torch.sqrt((output.float() - target) ** 2 + epsilon**2).mean()


def adversarial(logits: Tensor, real: bool) -> Tensor:
    """Return the non-saturating logistic loss for calling `logits` real or fake (Goodfellow et al. 2014)."""
    return functional.softplus(-logits.float() if real else logits.float()).mean()
