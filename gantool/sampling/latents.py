"""Latents by number: the same image for the same seed and number, however many are drawn at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from gantool.errors import UsageError
from gantool.sampling.directions import direction
from gantool.task import Conditional, Sampler, Truncatable

if TYPE_CHECKING:
    from numpy.typing import NDArray

Source = Callable[[Sequence[int]], Tensor]
"""Numbers to latents (N, ...), where the sampler's module lies."""

BLOCK = 64
"""Latents drawn from one generator: so few that one alone costs nothing, so many that 10,000 take no time."""


def normal_latents(numbers: Sequence[int], seed: int, size: int) -> Tensor:
    """Return standard normal latents (N, size) on the CPU; each depends on its number and the seed alone.

    For a plugin's `Sampler.latents`. Memory is that of the result and one block of 64 latents.
    """
    blocks: dict[int, list[int]] = {}
    for place, number in enumerate(numbers):
        blocks.setdefault(number // BLOCK, []).append(place)
    found = np.empty((len(numbers), size), np.float32)
    for block, places in blocks.items():
        values = _block(seed, block, size)
        found[places] = values[[numbers[place] % BLOCK for place in places]]
    return torch.from_numpy(found)


def _block(seed: int, block: int, size: int) -> NDArray[np.float32]:
    return np.random.default_rng([seed, block]).standard_normal((BLOCK, size), dtype=np.float32)


@dataclass(frozen=True)
class Edit:
    """A step of `amount` along a direction, by name."""

    name: str
    amount: float


@dataclass(frozen=True)
class Wish:
    """Which latents are wanted.

    `label` is an index into the class names; `truncation` None is the network's own; `given` are latents to
    start from in the place of drawn ones.
    """

    seed: int = 0
    label: int | None = None
    truncation: float | None = None
    edits: tuple[Edit, ...] = ()
    given: Tensor | None = None


def source(sampler: Sampler, classes: Sequence[str], wish: Wish, device: torch.device) -> Source:
    """Return what gives the latents of a wish, on `device`: drawn and truncated, or given; then moved.

    Raises:
        UsageError: the sampler has no classes, truncation or direction as wished.
    """
    if wish.truncation is not None and not isinstance(sampler, Truncatable):
        raise UsageError("this network has no truncation", "leave out --truncation")
    moves = [edit.amount * direction(sampler, classes, edit.name) for edit in wish.edits]
    start = _start(sampler, wish)

    def latents(numbers: Sequence[int]) -> Tensor:
        found = start(numbers).to(device)
        if isinstance(sampler, Truncatable):
            found = _truncated(sampler, found, wish)
        for move in moves:
            found = found + move.to(found)
        return found

    return latents


def _truncated(sampler: Truncatable, latents: Tensor, wish: Wish) -> Tensor:
    """What was given stays as it is, unless truncation is asked for."""
    usual = 1.0 if wish.given is not None else sampler.truncation
    psi = usual if wish.truncation is None else wish.truncation
    return latents if psi == 1 else sampler.truncated(latents, psi)


def _start(sampler: Sampler, wish: Wish) -> Source:
    if wish.given is not None:
        given = wish.given
        return lambda numbers: given[list(numbers)]
    if wish.label is None:
        return lambda numbers: sampler.latents(numbers, wish.seed)
    if not isinstance(sampler, Conditional):
        raise UsageError("this network draws no class that is asked for", "leave out --class")
    conditional, label = sampler, wish.label
    return lambda numbers: conditional.latents_of([label] * len(numbers), numbers, wish.seed)
