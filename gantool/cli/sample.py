"""`gantool sample TASK`: images drawn from a generative network, the same for the same seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import typer

from gantool.cli.options import with_options
from gantool.cli.sample_flags import Flags, LatentFlags, ModeFlags, SampleFlags
from gantool.errors import UsageError
from gantool.inference.device import check_device_name
from gantool.task import AnyTask, Sample


@dataclass(frozen=True)
class Order:
    """One call, looked through: what `sample_modes` runs. Edits are directions' names and amounts."""

    task: AnyTask
    options: Any
    weights: tuple[str, ...]
    flags: Flags
    label: int | None
    edits: tuple[tuple[str, float], ...]


def build_command(task: AnyTask) -> Callable[..., None]:
    """Return the command that draws images from `task`, with the task's own options."""
    assert task.sample is not None  # noqa: S101 - the verb is only offered with the capability
    capability: Sample[Any] = task.sample

    def sample(options: Any, flags: SampleFlags, latents: LatentFlags, made: ModeFlags) -> None:
        _sample(task, capability, options, Flags(flags, latents, made))

    flagged = with_options(sample, {"flags": SampleFlags})
    flagged = with_options(flagged, {"latents": LatentFlags, "made": ModeFlags}, panel="Latents")
    return with_options(flagged, {"options": capability.options}, panel=f"Options of {task.name}")


def _sample(task: AnyTask, capability: Sample[Any], options: Any, flags: Flags) -> None:
    check_device_name(flags.sample.device)
    flags.check()
    edits = tuple(_edit(text) for text in flags.latents.edit or ())
    from gantool.weights import files, store

    weights = store.choose(capability.weights(options), flags.sample.weights or ())
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


def _edit(text: str) -> tuple[str, float]:
    name, equals, amount = text.rpartition("=")
    try:
        number = float(amount)
    except ValueError:
        number = math.nan
    if not (equals and name and math.isfinite(number)):
        raise UsageError(f"cannot read --edit {text!r}", "write a direction and an amount: sefa-1=2.0")
    return name, number
