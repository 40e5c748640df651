"""What has to be measured anew once weights were averaged."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from gantool_generate.config import Preset
from gantool_generate.networks.generator import Generator

BATCHES, SIZE = 16, 256
LEAST = 16
"""Latents of each class; of more than 256 classes it takes more batches."""


@torch.no_grad()
def settle(generator: Generator, device: torch.device) -> None:
    """Measure batch norm's statistics and the mean w for the weights as they are, on fixed latents.

    They are 4,096, or 16 for each class where that is more.

    Averaged weights go with statistics of their own ("standing statistics", Brock et al. 2019, appendix
    E.1). Leaves the generator in evaluation mode.
    """
    config = generator.config
    rng = torch.Generator().manual_seed(0)
    norms = [part for part in generator.modules() if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over all batches
    generator.train()
    sums = torch.zeros_like(generator.mean_w)
    counts = torch.zeros(len(sums), dtype=torch.long)
    for batch in range(max(BATCHES, math.ceil(LEAST * config.classes / SIZE))):
        latents = torch.randn(SIZE, config.latent, generator=rng).to(device)
        labels = _labels(batch, config.classes)
        classes = labels.to(device) if config.classes else None
        w = generator.mapping(latents, classes)
        if norms:
            generator.synthesis(w, classes)
        rows = labels % len(sums)
        sums.index_add_(0, rows.to(device), w.float())
        counts += rows.bincount(minlength=len(sums))
    generator.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    if config.preset == Preset.style:
        generator.mean_w.copy_(sums / counts.to(device)[:, None])


def _labels(batch: int, classes: int) -> Tensor:
    """Return the classes (256,) of a batch, 0 without: in turn, beyond 256 on from batch to batch."""
    first = batch * SIZE if classes > SIZE else 0
    return (first + torch.arange(SIZE)) % max(1, classes)
