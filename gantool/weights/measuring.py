"""Figures for cards: measured by `gantool evaluate` with options that the card keeps, and measured again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gantool import plugins
from gantool.errors import GantoolError, UsageError
from gantool.keywords import options_of
from gantool.paths import exists, is_file
from gantool.task import AnyTask, Evaluate, EvaluateSet
from gantool.weights import files
from gantool.weights.card import Measured
from gantool.weights.fields import Facts

if TYPE_CHECKING:
    from gantool.evaluation import Evaluation

TOLERANCE = 0.002
"""Relative: processors change the last digits of a figure, 0.06 dB of 30 at most."""
FEW = 0.0005
"""Absolute: a share of 10,000 images that is nearly none may come out five images off."""


@dataclass(frozen=True)
class Comparison:
    """A card's figure and what it is now; `found` is None where it could not be measured, `problem` says why.

    `problem` is empty where the figure holds.
    """

    claimed: Measured
    found: float | None
    problem: str = ""


def measure(path: Path, folder: Path, options: Facts) -> tuple[Measured, ...]:
    """Return the figures of one weight over the pictures in `folder`, as its card keeps them.

    Cases in groups (noise levels, say) give a figure for each group. Networks that make pictures of pictures
    run in single precision, so that a figure is the same on processors with bf16 and without.

    Args:
        path: the weight file.
        folder: the pictures, or a file of them; its name is what the card calls the data.
        options: those of the task's `evaluate`, by field name. One that names a file beside `folder`, such
            as `style/wave.jpg`, means that file, so that a card holds wherever its data lie.

    Raises:
        UsageError: unknown options, or a task that cannot be evaluated.
        WeightError, ImageError, DeviceError: as `evaluate` does.
    """
    task = plugins.load(files.read_card(path).task)
    if task.evaluate is None:
        raise UsageError(f"{path} is made for {task.name}, which cannot be evaluated")
    chosen = options_of(task.evaluate.options, _located(options, folder.parent), f"evaluate {task.name}")
    if isinstance(task.evaluate, EvaluateSet):
        protocol, figures = _of_set(task, chosen, path, folder)
    else:
        protocol, figures = _of_cases(task, task.evaluate, chosen, path, folder)
    return tuple(
        Measured(name, round(value, 4), folder.name, protocol, dict(options))
        for name, value in figures.items()
    )


def _located(options: Facts, data: Path) -> Facts:
    """Return the options, those that name files under `data` with the whole path."""
    return {
        name: str(data / value) if isinstance(value, str) and value and is_file(data / value) else value
        for name, value in options.items()
    }


def _of_cases(
    task: AnyTask, capability: Evaluate[Any], options: Any, path: Path, folder: Path
) -> tuple[str, Mapping[str, float]]:
    from gantool.evaluation import evaluate
    from gantool.inference.precision import Precision
    from gantool.inference.result import Settings

    cases, settings = capability.cases(options, folder), Settings(precision=Precision.FP32)
    found = evaluate(task, options, cases, weights=[str(path)], settings=settings)
    return f"{found.protocol}; {found.precision}", _figures(found)


def _of_set(task: AnyTask, options: Any, path: Path, data: Path) -> tuple[str, Mapping[str, float]]:
    from gantool.sampling.evaluation import SetWishes, evaluate_set

    found = evaluate_set(task, options, SetWishes(data, weights=[str(path)]))
    return found.protocol, {figure.name: figure.value for figure in found.report.figures}


def compare(path: Path, data: Path) -> Iterator[Comparison]:
    """Measure again what the card of `path` says was measured, and yield each figure with its answer.

    `data` holds a folder for each data set that the card names. Figures of the training run itself, which
    name no options, are passed over.
    """
    card = files.read_card(path)
    runs: dict[tuple[str, str], list[Measured]] = {}
    for figure in card.measured:
        if figure.options is not None:
            runs.setdefault((figure.data, repr(sorted(figure.options.items()))), []).append(figure)
    for claimed in runs.values():
        yield from _again(path, data, claimed)


def _again(path: Path, data: Path, claimed: list[Measured]) -> Iterator[Comparison]:
    """Yield the answers to figures of one data set and one set of options."""
    folder = data / claimed[0].data
    if not exists(folder):
        yield from (Comparison(figure, None, f"there is no folder {folder}") for figure in claimed)
        return
    try:
        found = {one.metric: one.value for one in measure(path, folder, claimed[0].options or {})}
    except GantoolError as failure:
        yield from (Comparison(figure, None, str(failure)) for figure in claimed)
        return
    for figure in claimed:
        yield _compared(figure, found.get(figure.metric))


def _compared(claimed: Measured, value: float | None) -> Comparison:
    if value is None:
        return Comparison(claimed, None, "the task gives no such figure")
    if math.isclose(claimed.value, value, rel_tol=TOLERANCE, abs_tol=FEW):
        return Comparison(claimed, value)
    return Comparison(claimed, value, f"the card says {claimed.value:g}, it is {value:g}")


def _figures(found: Evaluation) -> Mapping[str, float]:
    if not found.group_means:
        return found.means
    return {
        f"{metric}, {group}": value
        for group, means in found.group_means.items()
        for metric, value in means.items()
    }
