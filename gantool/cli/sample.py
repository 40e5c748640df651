"""`gantool sample TASK`: images drawn from a generative network, the same for the same seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import typer

from gantool.cli.options import stated, with_options
from gantool.cli.sample_flags import Flags, LatentFlags, Mode, ModeFlags, SampleFlags
from gantool.errors import UsageError
from gantool.inference.device import check_device_name
from gantool.task import AnyTask, Sample


@dataclass(frozen=True)
class Step:
    """An edit: a direction's name, and how far along it; `end` differs from `start` in a sweep."""

    name: str
    start: float
    end: float


@dataclass(frozen=True)
class Order:
    """One call, looked through: what `sample_modes` runs."""

    task: AnyTask
    options: Any
    weights: tuple[str, ...]
    flags: Flags
    label: int | None
    edits: tuple[Step, ...]


def build_command(task: AnyTask) -> Callable[..., None]:
    """Return the command that draws images from `task`, with the task's own options."""
    assert task.sample is not None  # noqa: S101 - the verb is only offered with the capability
    capability: Sample[Any] = task.sample

    def sample(
        ctx: typer.Context, *, options: Any, flags: SampleFlags, latents: LatentFlags, made: ModeFlags
    ) -> None:
        given = stated(ctx, ModeFlags) | stated(ctx, capability.options)
        _sample(task, capability, options, Flags(flags, latents, made, given, capability.comparing))

    flagged = with_options(sample, {"flags": SampleFlags})
    flagged = with_options(flagged, {"latents": LatentFlags, "made": ModeFlags}, panel="Latents")
    return with_options(flagged, {"options": capability.options}, panel=f"Options of {task.name}")


def _sample(task: AnyTask, capability: Sample[Any], options: Any, flags: Flags) -> None:
    check_device_name(flags.sample.device)
    flags.check()
    edits = tuple(_step(text) for text in flags.latents.edit or ())
    if flags.mode is not Mode.ROWS and any(step.start != step.end for step in edits):
        remedy = "--walk takes one amount" if flags.mode is Mode.WALK else "add --interpolate FRAMES"
        raise UsageError("--edit from one amount to another makes rows", remedy)
    from gantool.weights import files, store

    weights = store.choose(capability.weights(options), flags.sample.weights or (), task)
    classes = capability.classes([files.read_card(store.resolve(item, task)) for item in weights])
    label = _label(flags.latents.label, classes)

    from gantool.cli.sample_modes import run

    unfinished = run(Order(task, options, weights, flags, label, edits))
    if unfinished:
        raise typer.Exit(unfinished)


def _label(name: str | None, classes: Sequence[str]) -> int | None:
    if name is None:
        return None
    if not classes:
        raise UsageError("this network knows no classes", "leave out --class")
    if name not in classes:
        raise UsageError(f"there is no class {name!r}", f"the classes are {', '.join(classes)}")
    return classes.index(name)


def _step(text: str) -> Step:
    name, equals, amounts = text.rpartition("=")
    try:
        numbers = [float(amount) for amount in amounts.split(":")]
    except ValueError:
        numbers = []
    if not (equals and name and 1 <= len(numbers) <= 2 and all(map(math.isfinite, numbers))):
        raise UsageError(f"cannot read --edit {text!r}", "write sefa-1=2.0, or sefa-1=-3:3 for a row")
    return Step(name, numbers[0], numbers[-1])
