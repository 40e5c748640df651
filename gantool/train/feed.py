"""Batches drawn one step ahead in a thread, so that the step hardly waits for data."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import torch

from gantool.task import Batch, Recipe
from gantool.train.processes import Ranks
from gantool.train.settings import Settings


def step_seed(seed: int, step: int, attempt: int = 0) -> int:
    """Mix run seed and step into one seed; a resumed run sees what an uninterrupted one would.

    A run that was rolled back makes another `attempt`: it does not meet the batch again that spoilt it.
    """
    return ((seed * 1_000_003 + step) * 2_654_435_761 + attempt * 0x9E3779B97F4A7C15) % 2**62


def _never_leave_autocast() -> None:
    """Let this thread count as inside of an autocast, for as long as it lives; none is enabled by that.

    Whoever leaves a thread's outermost autocast clears the weights that autocast has converted, those of all
    threads: a recipe that draws with one around its own code would take them from the step beside it, at any
    moment. The step would convert them again, and sum its gradients in float32 rather than in the lower
    precision: no two runs would be alike.
    """
    torch.autocast_increment_nesting()


class Feed:
    """Batches of consecutive steps, `groups` times `accumulate` each.

    `waited` is the time, in seconds, that steps waited for them.
    """

    def __init__(self, recipe: Recipe, settings: Settings, ranks: Ranks, groups: int = 1) -> None:
        self._recipe = recipe
        self._settings = settings
        self._ranks = ranks
        self._count = groups * settings.accumulate
        self._thread = ThreadPoolExecutor(1, initializer=_never_leave_autocast)
        self._next: tuple[tuple[int, int], Future[list[Batch]]] | None = None
        self.waited = 0.0

    def take(self, step: int, attempt: int = 0) -> Sequence[Batch]:
        """Return the batches of `step` and begin with those of the next."""
        started = time.perf_counter()
        ahead = self._next is not None and self._next[0] == (step, attempt)
        # What was drawn in vain may still be under way: recipes draw in one thread, and one after another.
        coming = self._next[1] if self._next and ahead else self._begin(step, attempt)
        batches = coming.result()
        self._next = (step + 1, attempt), self._begin(step + 1, attempt)
        self.waited += time.perf_counter() - started
        return batches

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(cancel_futures=True)

    def _begin(self, step: int, attempt: int) -> Future[list[Batch]]:
        return self._thread.submit(self._draw, step, attempt)

    def _draw(self, step: int, attempt: int) -> list[Batch]:
        rng = torch.Generator().manual_seed(step_seed(self._settings.seed, step, attempt))
        part, total = self._ranks.part(self._settings.batch), self._settings.batch * self._ranks.world
        return [self._recipe.batch(total, part, rng) for _ in range(self._count)]
