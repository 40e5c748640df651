"""Measuring a generator as a whole: many images against many real ones. Torch-free to import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gantool.errors import PluginError
from gantool.task import AnyTask, EvaluateSet, SetInputs, SetReport

COUNT = 10_000
"""Images that most published figures are of, or of more."""


@dataclass(frozen=True)
class SetEvaluation:
    """What was found, of which weights, and how it was measured. `weights` are ids and checksums."""

    task: str
    protocol: str
    weights: tuple[tuple[str, str], ...]
    device: str
    report: SetReport


@dataclass(frozen=True)
class SetWishes:
    """What to compare: so many images from a seed, drawn by these weights or the options' own."""

    data: Path
    count: int = COUNT
    seed: int = 0
    weights: Sequence[str] = ()
    device: str = "auto"
    batch: int = 0


def evaluate_set(task: AnyTask, options: Any, wishes: SetWishes) -> SetEvaluation:
    """Measure what `sample` with the same options makes.

    Raises:
        UsageError: not as many weights as the options need, or data that cannot be compared with.
        WeightError, DeviceError: as loading does.
    """
    import torch

    from gantool.inference.device import describe
    from gantool.sampling.latents import Wish
    from gantool.sampling.session import open_session
    from gantool.weights import store

    if task.sample is None or not isinstance(task.evaluate, EvaluateSet):
        raise PluginError(f"task {task.name!r} cannot be evaluated as a set: it needs sample and EvaluateSet")
    wanted = store.choose(task.sample.weights(options), wishes.weights, task)
    session = open_session(task, options, wanted, wishes.device, wishes.batch)
    batch = session.batch_for(session.source(Wish(wishes.seed)))
    inputs = SetInputs(session.sampler, session.classes, wishes.data, wishes.count, wishes.seed, batch)
    with torch.inference_mode():
        report = task.evaluate.measure(options, inputs)
    return SetEvaluation(
        task.name,
        task.evaluate.protocol(options, inputs),
        tuple((weight.id, weight.sha256) for weight in session.weights),
        describe(session.device),
        report,
    )
