"""What has to be measured anew once weights were averaged."""

from __future__ import annotations

import torch
from torch import nn

from gantool_generate.config import Preset
from gantool_generate.networks.generator import Generator

BATCHES, SIZE = 16, 256


@torch.no_grad()
def settle(generator: Generator, device: torch.device) -> None:
    """Measure batch norm's statistics and the mean w for the weights as they are, on 4,096 fixed latents.

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
    for _ in range(BATCHES):
        latents = torch.randn(SIZE, config.latent, generator=rng).to(device)
        classes = torch.arange(SIZE, device=device) % config.classes if config.classes else None
        w = generator.mapping(latents, classes)
        if norms:
            generator.synthesis(w, classes)
        rows = torch.zeros(SIZE, dtype=torch.long, device=device) if classes is None else classes
        sums.index_add_(0, rows % len(sums), w.float())
    generator.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    if config.preset == Preset.style:
        counts = torch.bincount(torch.arange(SIZE) % len(sums)).to(device) * BATCHES
        generator.mean_w.copy_(sums / counts[:, None])
