"""Images between two latents: rows of frames, sweeps along a direction, and closed walks."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gantool.sampling.latents import Source
from gantool.task import Interpolable, Sampler


def rows(sampler: Sampler, latents: Source, frames: int) -> Source:
    """Return a source whose numbers run through rows of `frames`, ends included.

    Row k leads from latent 2k to latent 2k + 1.
    """

    def between(numbers: Sequence[int]) -> Tensor:
        places = [divmod(number, frames) for number in numbers]
        return torch.cat(
            [_at(sampler, latents, 2 * row, 2 * row + 1, step / (frames - 1)) for row, step in places]
        )

    return between


def sweep(first: Source, second: Source, frames: int) -> Source:
    """Return a source whose numbers run through rows of `frames`, ends included.

    Row k leads straight from latent k of `first` to latent k of `second`.
    """

    def between(numbers: Sequence[int]) -> Tensor:
        places = [divmod(number, frames) for number in numbers]
        return torch.cat(
            [torch.lerp(first([row]), second([row]), step / (frames - 1)) for row, step in places]
        )

    return between


def loop(sampler: Sampler, latents: Source, stops: int, frames: int) -> Source:
    """Return a source whose numbers 0 to stops * frames - 1 lead through `stops` latents and back.

    `frames` lie from one stop to the next; the last one would be followed by the first.
    """

    def between(numbers: Sequence[int]) -> Tensor:
        places = [divmod(number, frames) for number in numbers]
        return torch.cat(
            [_at(sampler, latents, leg, (leg + 1) % stops, _eased(step / frames)) for leg, step in places]
        )

    return between


def _eased(at: float) -> float:
    """Slow down at the stops, where the path turns."""
    return at * at * (3 - 2 * at)


def _at(sampler: Sampler, latents: Source, first: int, second: int, at: float) -> Tensor:
    ends = latents([first, second])
    if isinstance(sampler, Interpolable):
        return sampler.between(ends[:1], ends[1:], at)
    return torch.lerp(ends[:1], ends[1:], at)


def spherical(first: Tensor, second: Tensor, at: float) -> Tensor:
    """Return what lies between two normal latents (N, D) on the great circle (Shoemake 1985).

    A straight line would lead through latents nearer to zero than any that are drawn. For a plugin's
    `Interpolable.between`.
    """
    cosine = torch.nn.functional.cosine_similarity(first, second, dim=1).clamp(-1, 1)[:, None]
    angle = torch.acos(cosine)
    sine = torch.sin(angle)
    curved = (torch.sin((1 - at) * angle) * first + torch.sin(at * angle) * second) / sine.clamp_min(1e-6)
    return torch.where(sine < 1e-4, torch.lerp(first, second, at), curved)
