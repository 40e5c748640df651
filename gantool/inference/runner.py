"""Networks placed on a device and ready for any number of pictures: what the command line and Python share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gantool.inference.device import choose_device
from gantool.inference.engine import Engine
from gantool.inference.outcome import Outcome
from gantool.inference.pipeline import Look, limits_for, run
from gantool.inference.plan import Job
from gantool.inference.result import Progress, Settings, no_progress
from gantool.inference.saving import Saving
from gantool.inference.steps import Step
from gantool.task import LoadedWeight
from gantool.weights import store

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Link:
    """A step with its engine. `weights` say what was loaded; their tensors are the engine's alone."""

    step: Step
    engine: Engine
    weights: tuple[LoadedWeight, ...]


@dataclass(frozen=True)
class Runner:
    """The links every picture goes through, in their order."""

    links: tuple[Link, ...]

    @property
    def engines(self) -> tuple[Engine, ...]:
        """The links' engines."""
        return tuple(link.engine for link in self.links)

    @property
    def device(self) -> torch.device:
        """What computes."""
        return self.links[0].engine.device

    @property
    def scale(self) -> int:
        """How many times larger a result is than its picture."""
        return math.prod(engine.enhancer.geometry.scale for engine in self.engines)

    def run(
        self,
        jobs: Sequence[Job],
        saving: Saving,
        max_pixels: int,
        progress: Callable[[Job], Progress] = lambda job: no_progress,
        look: Look | None = None,
    ) -> Iterator[Outcome]:
        """Yield what became of each job, as `gantool.inference.pipeline.run` does."""
        engines = self.engines
        return run(jobs, engines, saving, limits_for(engines, max_pixels), progress, look)


def open_steps(steps: Sequence[Step], settings: Settings) -> Runner:
    """Load every step's weights, verified, and place its network.

    Raises:
        DeviceError: The device is not there; nothing was read then.
        WeightError: A weight is missing, damaged or made for something else.
        UsageError: Options, weights and settings do not go together.
    """
    choose_device(settings.device)
    return Runner(tuple(_open(step, settings) for step in steps))


def _open(step: Step, settings: Settings) -> Link:
    loaded = [store.load(wanted, step.task) for wanted in step.needed_weights()]
    engine = Engine(step.capability.build(step.options, loaded), settings)
    return Link(step, engine, tuple(replace(weight, tensors={}) for weight in loaded))
