"""Networks on a device, ready for any number of pictures: what the command line and Python share."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from gantool.errors import ImageError, UsageError, as_failed, nearest
from gantool.images import decode
from gantool.inference.backend import on_backend, refuse_foreign
from gantool.inference.community import open_network
from gantool.inference.device import choose_device
from gantool.inference.engine import Engine
from gantool.inference.extras import ExtraPixels, as_declared, not_given
from gantool.inference.given import layers_of
from gantool.inference.limits import limits_for
from gantool.inference.outcome import Outcome, Status
from gantool.inference.picture import enhance_in_row
from gantool.inference.pipeline import Look, run
from gantool.inference.plan import Job, Plan
from gantool.inference.result import MAX_PIXELS, Progress, Settings, no_progress
from gantool.inference.saving import Saving
from gantool.inference.steps import Destination, Step, candidates_of, check_extra_options, plan_steps
from gantool.task import Extra, LoadedWeight
from gantool.weights import store

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from PIL.Image import Image

    InMemory = TypeVar("InMemory", Image, NDArray[Any])

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Link:
    """A step with its engine. `weights` say what was loaded; their tensors are the engine's alone."""

    step: Step
    engine: Engine
    weights: tuple[LoadedWeight, ...]


@dataclass(frozen=True)
class Writing:
    """How files are written. `suffix` stands behind the name instead of `_TASK`.

    `quality` is 1 to 100; where none is given it is 92, and a WebP that was lossless stays so.
    Results with a side above `longest` pixels are reduced to it.
    """

    suffix: str | None = None
    quality: int | None = None
    overwrite: bool = False
    recursive: bool = False
    strip_metadata: bool = False
    max_pixels: int = MAX_PIXELS
    longest: int | None = None


@dataclass(frozen=True)
class Runner:
    """The links every picture goes through, in their order. Call it with a picture."""

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

    @overload
    def __call__(self, picture: PathLike, **extras: Any) -> Path: ...
    @overload
    def __call__(self, picture: InMemory, **extras: Any) -> InMemory: ...
    def __call__(self, picture: Any, **extras: Any) -> Any:
        """Return the result for one picture, in the form it was given in: the first of several candidates.

        Args:
            picture: a Pillow image; or an array (H, W) or (H, W, C), grey or RGB, alpha last, uint8, uint16
                or floats with 1 as white (floats are neither clipped nor rounded); or the path of a picture:
                then the result is written beside it as `file` does, and its path returned.
            extras: the further pictures the tasks declare (a mask, a style), in memory or as paths.

        Raises:
            ImageError: what is given is no picture, or does not fit.
            UsageError: an extra that no task here knows, or one that is missing.
            DeviceError: memory does not do.
        """
        if isinstance(picture, str | os.PathLike):
            return self.file(picture, extras=extras)
        return self._made(picture, extras, 1)

    def candidates(self, picture: InMemory, **extras: Any) -> list[InMemory]:
        """Return all the results that the options ask for of one picture in memory; else as a call."""
        several = candidates_of([link.step for link in self.links])
        return [self._made(picture, extras, number) for number in range(1, several + 1)]

    def _made(self, picture: InMemory, extras: Mapping[str, Any], candidate: int) -> InMemory:
        layers, form = layers_of(picture)
        given = self._extras(extras)
        made, _ = enhance_in_row(self.engines, layers, given, candidate=candidate)
        result: InMemory = form.back(made)
        return result

    def file(
        self,
        source: PathLike,
        output: PathLike | None = None,
        writing: Writing | None = None,
        extras: Mapping[str, Any] | None = None,
    ) -> Path:
        """Enhance one file into another, metadata kept, and return where the result lies.

        Raises:
            ImageError: it cannot be read or written, or the result exists and is not to be replaced.
            DeviceError: the device failed, or memory does not do.
            UsageError: as `files`; or there are several pictures, or the options ask for several results.
        """
        if candidates_of([link.step for link in self.links]) > 1:
            raise UsageError("the options ask for several results", "take `files`, which yields each")
        how = writing or Writing()
        jobs = self._planned([source], output, how, extras).jobs
        if len(jobs) != 1:
            raise UsageError(f"{source} stands for {len(jobs)} pictures", "take `files`, which yields each")
        (outcome,) = self._written(jobs, how)
        if outcome.status is Status.SKIPPED:
            raise ImageError(f"{outcome.job.target} exists", "pass overwrite=True, or another output")
        if outcome.status is Status.FAILED:
            raise as_failed(outcome.code, outcome.reason)
        return outcome.job.target

    def files(
        self,
        inputs: PathLike | Sequence[PathLike],
        output: PathLike | None = None,
        writing: Writing | None = None,
        extras: Mapping[str, Any] | None = None,
    ) -> Iterator[Outcome]:
        """Enhance files as the command line does, and yield what became of each.

        Decoding and encoding go on beside the network. Inputs are never written over; a result that exists
        is skipped unless it is to be overwritten. A bad file is an outcome that failed, not an exception.

        Args:
            inputs: pictures, folders and patterns.
            output: a file, or a folder (it is there, or its name has no suffix or a slash behind it); None is
                beside the input.
            writing: how results are written.
            extras: paths of the further pictures the tasks declare, by name.

        Raises:
            UsageError, ImageError: before any work, where inputs, output and extras make no sense together.
        """
        how = writing or Writing()
        named = [inputs] if isinstance(inputs, str | os.PathLike) else inputs
        return self._written(self._planned(named, output, how, extras).jobs, how)

    def _planned(
        self,
        inputs: Sequence[PathLike],
        output: PathLike | None,
        how: Writing,
        extras: Mapping[str, Any] | None,
    ) -> Plan:
        where = None if output is None else os.fspath(output)
        return plan_steps(
            self._steps_with(extras or {}),
            [os.fspath(item) for item in inputs],
            Destination(where, how.suffix, overwrite=how.overwrite),
            recursive=how.recursive,
        )

    def _written(self, jobs: Sequence[Job], how: Writing) -> Iterator[Outcome]:
        return self.run(jobs, Saving.asked(how.quality, how.strip_metadata, how.longest), how.max_pixels)

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

    def _declared(self, given: Mapping[str, Any]) -> list[tuple[int, Extra, str]]:
        """Return the extras of all steps with their Python names; UsageError where one given is unknown."""
        declared = [
            (index, extra, extra.name.replace("-", "_"))
            for index, link in enumerate(self.links)
            for extra in link.step.wanted_extras
        ]
        known = {name for _, _, name in declared}
        for name in given:
            if name not in known:
                raise UsageError(f"no task here takes a picture called {name!r}", nearest(name, known))
        return declared

    def _extras(self, given: Mapping[str, Any]) -> list[ExtraPixels]:
        found = []
        for index, extra, name in self._declared(given):
            if given.get(name) is not None:
                found.append(ExtraPixels(extra, _pixels(extra, given[name], name), name, index))
            elif extra.required:
                raise not_given(extra, f"{name}=... is needed")
        for index, link in enumerate(self.links):
            check_extra_options(link.step, [item.extra.name for item in found if item.step == index])
        return found

    def _steps_with(self, given: Mapping[str, Any]) -> list[Step]:
        steps = [replace(link.step, extras={}) for link in self.links]
        for index, extra, name in self._declared(given):
            value = given.get(name)
            if not isinstance(value, str | os.PathLike | None):
                raise UsageError(f"{name} is no path", "beside files, further pictures are files too")
            if value == "":
                raise UsageError(f"{name} is empty", "name a file or folder")
            path = None if value is None else Path(value)
            steps[index] = replace(steps[index], extras={**steps[index].extras, extra.name: path})
        return steps


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
    foreign = step.foreign_file()
    if foreign is not None:
        refuse_foreign(settings, foreign)
        network = open_network(step, foreign, settings)
        return Link(step, Engine(network.enhancer, network.settings), (network.weight,))
    loaded = [store.load(wanted, step.task) for wanted in step.needed_weights()]
    enhancer = step.capability.build(step.options, loaded)
    engine = Engine(*on_backend(enhancer, settings))
    return Link(step, engine, tuple(replace(weight, tensors={}) for weight in loaded))


def _pixels(extra: Extra, picture: Any, name: str) -> NDArray[Any]:
    if isinstance(picture, str | os.PathLike):
        decoded = decode(Path(picture), max_pixels=MAX_PIXELS)
        return as_declared(extra, decoded.pixels, decoded.alpha)
    layers = layers_of(picture, name)[0]
    return as_declared(extra, layers.pixels, layers.alpha)
