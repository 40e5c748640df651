"""What keeps a conditional generator from making one picture of each class."""

from __future__ import annotations

import torch.nn.functional as functional
from torch import Tensor

CELLS = 7
"""Distances are taken between pictures of so many cells a side, where grain is no difference."""


def sameness(made: Tensor, real: Tensor) -> Tensor:
    """Return by what part made neighbours of a batch differ less than real ones do, in [0, 1], float32.

    It is 0 where a batch of one has no neighbours.

    A generator that is told a class easily forgets its latent. Mode seeking (Mao et al. 2019, "Mode Seeking
    Generative Adversarial Networks") and diversity-sensitive GANs (Yang et al. 2019) reward distances between
    pictures of different latents; here the real pictures beside them say how much of it is enough, so that
    nothing is added where made pictures differ as much.

    Args:
        made: (N, C, H, W); pictures 0 and 1, 2 and 3 ... are of one class, or nearly all are.
        real: of the same classes in the same order.
    """
    if len(made) < 2:
        # Times 0, so that there is a slope to follow as there is with neighbours.
        return 0 * made.float().sum()
    return functional.relu(1 - _apart(made) / _apart(real).clamp_min(1e-6))


def _apart(images: Tensor) -> Tensor:
    """Return the mean distance of neighbours."""
    pairs = len(images) // 2
    cells = functional.adaptive_avg_pool2d(images.float(), CELLS).flatten(1)
    return (cells[0 : 2 * pairs : 2] - cells[1 : 2 * pairs : 2]).square().mean(1).add(1e-8).sqrt().mean()
