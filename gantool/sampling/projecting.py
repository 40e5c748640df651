"""The latent of a given picture, by optimisation from the nearest of many that are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from gantool.errors import PluginError
from gantool.sampling.latents import Source
from gantool.task import Sampler

DRAWN = 1024
"""Latents among which the search starts; their mean and spread say which are likely."""
STARTS = 4
"""Of these, the nearest are followed."""
RATE = 0.1
"""Of Adam, in standard deviations of a latent's values; it falls to zero along half a cosine."""
LIKELY = 3e-5
"""Weight of the mean squared deviation: of two latents equally near, the likelier is wanted."""
PYRAMID = 3
"""Sizes at which pictures are compared, each half of the one before: far apart, only the coarse ones lead."""

Watch = Callable[[int, float], None]


@dataclass(frozen=True)
class Projection:
    """What was found: `latent` (1, ...), its image (C, H, W), and how far that is from the picture.

    `distance` is the root mean square difference, of 255 grey levels.
    """

    latent: Tensor
    image: Tensor
    distance: float


def project(
    sampler: Sampler, latents: Source, target: Tensor, steps: int, watch: Watch = lambda step, distance: None
) -> Projection:
    """Look for the latent whose image is nearest to `target` (C, H, W) in [0, 1].

    Args:
        sampler: its images have the shape of `target`.
        latents: where to start, and what is likely.
        target: the picture, where the sampler's module lies.
        steps: of optimisation.
        watch: told of each step and the distance so far, of 255.

    Raises:
        PluginError: no gradient passes through the sampler.
    """
    drawn = latents(range(DRAWN)).detach()
    mean, spread = drawn.mean(0), drawn.std(0) + 1e-6
    start = drawn[_nearest(sampler, drawn, target)]
    moved = ((start - mean) / spread).detach().clone().requires_grad_()
    optimiser = torch.optim.Adam([moved], lr=RATE, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(1, steps))
    best, found = torch.full((len(moved),), torch.inf), moved.detach().clone()
    for step in range(steps + 1):
        images = sampler(mean + spread * moved)
        if not images.requires_grad:
            raise _no_gradient()
        apart = distances(images, target)
        with torch.no_grad():
            nearer = apart.cpu() < best
            best = torch.where(nearer, apart.cpu(), best)
            found[nearer] = moved[nearer]
        watch(step, float(best.min().sqrt()) * 255)
        if step < steps:
            moved.grad = _slope(apart, moved)
            optimiser.step()
            schedule.step()
    latent = (mean + spread * found[best.argmin()])[None]
    return _projection(sampler, latent, target)


def distances(images: Tensor, target: Tensor) -> Tensor:
    """Return (N,): mean squared differences of images (N, C, H, W) to `target`, over a pyramid of sizes."""
    apart = images - target
    total = apart.square().flatten(1).mean(1)
    levels = 1
    while levels < PYRAMID and min(apart.shape[2:]) >= 8:
        apart = functional.avg_pool2d(apart, 2)
        total = total + apart.square().flatten(1).mean(1)
        levels += 1
    mean: Tensor = total / levels
    return mean


def _slope(apart: Tensor, moved: Tensor) -> Tensor:
    """Return the gradient of distances (N,) by latents (N, ...), with the pull towards likely ones.

    No pull where the distance's own gradient is exactly 0: nothing would hold against it, and Adam makes
    whole steps of the smallest slope. A class, one-hot beside the latent, would run to the mean of all.

    Raises:
        PluginError: the distances do not depend on the latents by autograd.
    """
    slope: Tensor | None
    (slope,) = torch.autograd.grad(apart.sum(), moved, allow_unused=True)
    if slope is None:
        raise _no_gradient()
    pull = 2 * LIKELY / moved[0].numel() * moved.detach()
    return torch.where(slope == 0, slope, slope + pull)


def _no_gradient() -> PluginError:
    return PluginError("no gradient passes through this sampler", "compute images with autograd on")


@torch.no_grad()
def _nearest(sampler: Sampler, drawn: Tensor, target: Tensor) -> Tensor:
    parts = drawn.split(64)  # type: ignore[no-untyped-call]
    apart = torch.cat([distances(sampler(part), target) for part in parts])
    return apart.topk(min(STARTS, len(apart)), largest=False).indices


@torch.no_grad()
def _projection(sampler: Sampler, latent: Tensor, target: Tensor) -> Projection:
    image = sampler(latent)[0].clamp(0, 1)
    distance = float((image - target).square().mean().sqrt()) * 255
    return Projection(latent.cpu(), image.float().cpu(), distance)
