"""Directions in which latents are moved: found without labels, and with them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gantool.errors import PluginError, UsageError
from gantool.task import Conditional, Factorisable, Sampler

PROBES = 512
"""Latents whose mean and spread stand for all."""


def direction(sampler: Sampler, classes: Sequence[str], name: str) -> Tensor:
    """Return the direction called `name`, of the shape (1, ...) of a latent, where the module lies.

    `sefa-K` is the K-th of closed-form factorisation (`factorised`), in standard deviations of latents along
    it. `class-A-B` leads from the mean latent of class A to that of B, which is as far as 1 goes.

    Raises:
        UsageError: the sampler has no such direction; the message names those it has.
    """
    pairs = {f"class-{a}-{b}": (a, b) for a in classes for b in classes if a != b}
    if name in pairs and isinstance(sampler, Conditional):
        first, second = (classes.index(end) for end in pairs[name])
        return class_difference(sampler, first, second)
    if name.startswith("sefa-") and isinstance(sampler, Factorisable):
        return _factorised_by_name(sampler, name)
    raise _unknown(name, _offered(sampler, classes))


def _offered(sampler: Sampler, classes: Sequence[str]) -> list[str]:
    """Return what kinds of directions there are, as a message has them."""
    found = ["sefa-1, sefa-2 ..."] if isinstance(sampler, Factorisable) else []
    if len(classes) > 1 and isinstance(sampler, Conditional):
        found.append(f"class-A-B with A and B of {', '.join(classes)}")
    return found


def _unknown(name: str, offered: Sequence[str]) -> UsageError:
    if not offered:
        return UsageError("this network has no directions", "leave out --edit")
    return UsageError(f"there is no direction {name!r}", f"there are {' and '.join(offered)}")


@torch.no_grad()
def _factorised_by_name(sampler: Sampler, name: str) -> Tensor:
    assert isinstance(sampler, Factorisable)  # noqa: S101 - the caller looked
    probes = sampler.latents(range(PROBES), 0)
    weights = sampler.first_weights().to(probes)
    flat = probes.flatten(1)
    if weights.dim() != 2 or weights.shape[1] != flat.shape[1]:
        raise PluginError(
            f"Factorisable.first_weights is {tuple(weights.shape)}, a latent has {flat.shape[1]} values"
        )
    found = factorised(weights)
    number = name.removeprefix("sefa-")
    if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= len(found):
        raise UsageError(f"there is no direction {name!r}", f"there are sefa-1 to sefa-{len(found)}")
    axis = found[int(number) - 1]
    return (axis * (flat @ axis).std()).view(1, *probes.shape[1:])


def factorised(weights: Tensor) -> Tensor:
    """Return unit directions (K, D) of first layers' weights (rows, D), the one of the largest change first.

    These are the eigenvectors of W^T W (Shen and Zhou 2021, SeFa), without those that change nothing. Each
    has its largest value positive.
    """
    changes, vectors = torch.linalg.eigh(weights.double().T @ weights.double())
    axes = vectors.T[changes > 1e-9 * changes.max()].flip(0)
    largest = axes.gather(1, axes.abs().argmax(1, keepdim=True))
    directions: Tensor = (axes * largest.sign()).to(weights)
    return directions


@torch.no_grad()
def class_difference(sampler: Conditional, first: int, second: int) -> Tensor:
    """Return the mean latent of class `second` less that of `first`, over the same draws, (1, ...)."""
    start, end = (
        sampler.latents_of([label] * PROBES, range(PROBES), 0).mean(0, keepdim=True)
        for label in (first, second)
    )
    return end - start
