"""A sampler ready on its device, with what belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from gantool.sampling.drawing import batch_for
from gantool.sampling.latent_file import Owner
from gantool.sampling.latents import Source, Wish, source
from gantool.task import AnyTask, LoadedWeight, Sampler


@dataclass(frozen=True)
class Session:
    """`batch` is how many images are computed at once, 0 for what suits their size."""

    task: str
    sampler: Sampler
    classes: tuple[str, ...]
    weights: tuple[LoadedWeight, ...]
    device: torch.device
    batch: int = 0

    def source(self, wish: Wish) -> Source:
        """Return what gives the latents of a wish; UsageError for what the sampler does not offer."""
        return source(self.sampler, self.classes, wish, self.device)

    def batch_for(self, latents: Source) -> int:
        """Return how many images to compute at once."""
        return self.batch or batch_for(self.sampler, latents)

    @property
    def owner(self) -> Owner:
        """What the latents mean something to."""
        return Owner(self.task, tuple(weight.sha256 for weight in self.weights))


def open_session(
    task: AnyTask, options: Any, wanted: Sequence[str], device: str = "auto", batch: int = 0
) -> Session:
    """Load the weights `wanted`, verified, and place the sampler built from them.

    Raises:
        WeightError: a weight is missing, damaged, or made for another task.
        DeviceError: the device is not there.
    """
    from gantool.inference.device import choose_device
    from gantool.weights import store

    assert task.sample is not None  # noqa: S101 - callers looked
    place = choose_device(device)
    loaded = tuple(store.load(item, task) for item in wanted)
    sampler = task.sample.build(options, loaded)
    sampler.module.to(place).eval().requires_grad_(False)
    classes = task.sample.classes([weight.card for weight in loaded])
    return Session(task.name, sampler, classes, loaded, place, batch)
