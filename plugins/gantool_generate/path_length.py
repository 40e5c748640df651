"""Path length regularisation without second derivatives and without state."""

from __future__ import annotations

import torch
from torch import Tensor

from gantool_generate.networks.generator import Generator

STEP = 0.1
SHARE = 8
"""One of so many samples is looked at: two more passes of the generator are dear."""


def path_length(generator: Generator, latents: Tensor, classes: Tensor | None) -> Tensor:
    """Return the relative variance of how far pictures move for one step in w, a float32 scalar.

    StyleGAN2's path length regularisation (Karras et al. 2020, section 3.2) wants |J^T y| to be the same
    everywhere. Here the length is a finite difference along a random direction, as in Jacobian clamping
    (Odena et al. 2018, "Is Generator Conditioning Causally Related to GAN Performance?"), and the target is
    the batch's own mean, so that nothing has to be remembered or differentiated twice. It is computed in
    float32 under autocast, too: pictures a small step apart differ by less than bf16 rounds them.
    """
    # Batches are sorted by class: the first ones alone would leave most classes out.
    count = max(2, len(latents) // SHARE)
    places = torch.arange(count, device=latents.device) * len(latents) // count
    chosen = None if classes is None else classes[places]
    with torch.autocast(latents.device.type, enabled=False):
        w = generator.mapping(latents[places], chosen)
        direction = torch.randn_like(w)
        moved = w + STEP * direction / direction.norm(dim=1, keepdim=True)
        pair = generator.synthesis(torch.cat((w, moved)), None if chosen is None else chosen.repeat(2))
    first, second = pair.float().flatten(1).chunk(2)
    lengths = (second - first).square().sum(1).add(1e-12).sqrt() / STEP
    return (lengths / lengths.detach().mean() - 1).square().mean()
