"""Measuring a task: its cases through the engine, its metrics over what comes out. Torch-free to import."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gantool.errors import PluginError, UsageError
from gantool.task import AnyTask, Box, Case, Evaluate, LoadedWeight, Metric, Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from gantool.inference.engine import Engine
    from gantool.inference.result import Settings


@dataclass(frozen=True)
class Score:
    """One case's figures by metric, the wall seconds its enhancement took, and its tiles tried again."""

    name: str
    figures: Mapping[str, float]
    seconds: float
    retries: int = 0
    group: str = ""


@dataclass(frozen=True)
class WeightUsed:
    """Which weight was measured."""

    id: str
    sha256: str


@dataclass(frozen=True)
class Evaluation:
    """Every case's score, and what was measured, how, on what."""

    task: str
    protocol: str
    weights: tuple[WeightUsed, ...]
    device: str
    precision: str
    scores: tuple[Score, ...]
    tta: int = 1

    @property
    def means(self) -> Mapping[str, float]:
        """The mean of each metric over the cases; infinite where one case is (a PSNR of equal images)."""
        return _means(self.scores)

    @property
    def group_means(self) -> Mapping[str, Mapping[str, float]]:
        """The same for each group of cases; empty where they are not grouped."""
        groups = dict.fromkeys(score.group for score in self.scores if score.group)
        return {group: _means([score for score in self.scores if score.group == group]) for group in groups}


Watch = Callable[[Score], None]
"""Told of each score as soon as it is there."""

Look = Callable[[Case, "NDArray[Any]", Score], None]
"""Shown each case, the output (H, W, C), uint8 or float32, and its score."""


def evaluate(
    task: AnyTask,
    options: Any,
    cases: Iterable[Case],
    *,
    weights: Sequence[str] = (),
    settings: Settings | None = None,
    watch: Watch = lambda score: None,
    look: Look = lambda case, output, score: None,
) -> Evaluation:
    """Measure what `enhance` with the same options would make of `cases`.

    Args:
        task: offers `enhance` and `evaluate`.
        options: an instance of the options class of `task.evaluate`.
        cases: what to measure on, usually `task.evaluate.cases(options, folder)`.
        weights: ids or files to take in the place of those the options name, in the same order.
        settings: device, precision, tile size and views; the best ones by default.
        watch: told of each score.
        look: shown each case and what came out.

    Raises:
        UsageError: there are no cases, or not as many weights as the options need.
        WeightError, DeviceError, ImageError: as loading, running and decoding do.
        PluginError: an output has not the size of its clean picture.
    """
    from gantool.inference.device import describe
    from gantool.inference.engine import Engine

    capability = _capability(task)
    metrics = capability.metrics(options)
    loaded = load_weights(task, options, weights)
    assert task.enhance is not None  # noqa: S101 - `_capability` looked
    engine = Engine(task.enhance.build(options, loaded), settings)
    scores = []
    for case in cases:
        rounded = capability.round_to_8_bit
        scores.append(score_case(engine, case, metrics, round_to_8_bit=rounded, look=look))
        watch(scores[-1])
    if not scores:
        raise UsageError(f"there is nothing to measure {task.name} on", "name a folder of clean pictures")
    return Evaluation(
        task=task.name,
        protocol="; ".join(filter(None, (capability.protocol(options), capability.way(options, loaded)))),
        weights=tuple(WeightUsed(weight.id, weight.sha256) for weight in loaded),
        device=describe(engine.device),
        precision=engine.precision.value,
        scores=tuple(scores),
        tta=engine.settings.tta,
    )


def load_weights(task: AnyTask, options: Any, wanted: Sequence[str] = ()) -> tuple[LoadedWeight, ...]:
    """Return, verified, the weights the options need, or the `wanted` ones in their place.

    Raises:
        UsageError: `wanted` are too many, or too few to tell whose places they take.
        WeightError: one is missing, damaged, or made for another task.
    """
    from gantool.weights import store
    from gantool.weights.needed import check_needed

    assert task.enhance is not None  # noqa: S101 - callers looked
    if not wanted:
        check_needed(task, task.enhance.weights, options)
    chosen = store.choose(task.enhance.weights(options), wanted, task)
    return tuple(store.load(item, task) for item in chosen)


def score_case(
    engine: Engine,
    case: Case,
    metrics: Mapping[str, Metric],
    *,
    round_to_8_bit: bool = True,
    look: Look = lambda case, output, score: None,
) -> Score:
    """Enhance one case and return its figures, once it has been looked at.

    Raises:
        PluginError: the output has not the size of the clean picture.
    """
    import numpy as np
    import torch

    begin = time.perf_counter()
    result = engine.enhance(case.degraded, case.extras, np.uint8 if round_to_8_bit else np.float32)
    seconds = time.perf_counter() - begin
    output, clean = as_tensor(result.pixels), whole(case.clean)
    if output.shape != clean.shape:
        raise PluginError(f"{case.name}: the output is {_size(output)}, the clean picture {_size(clean)}")
    if round_to_8_bit:
        clean = clean.mul(255).round().div(255)
    with torch.inference_mode():
        figures = {name: float(metric(output, clean, case)) for name, metric in metrics.items()}
    score = Score(case.name, figures, seconds, len(result.report.retries), case.group)
    look(case, result.pixels, score)
    return score


def _means(scores: Sequence[Score]) -> Mapping[str, float]:
    names = scores[0].figures
    return {name: statistics.fmean(score.figures[name] for score in scores) for name in names}


def as_tensor(pixels: NDArray[Any]) -> Tensor:
    """Return (1, C, H, W), float32, of (H, W, C): uint8 is brought to [0, 1], float32 kept as it is."""
    import torch

    tensor = torch.from_numpy(pixels).permute(2, 0, 1).unsqueeze(0)
    return tensor.float() if tensor.is_floating_point() else tensor.float() / 255


def whole(picture: Picture) -> Tensor:
    """Return all of `picture`, (1, C, H, W) in [0, 1]."""
    return picture.crop(Box(0, 0, picture.width, picture.height))


def finite(value: float) -> float | None:
    """Return the figure as JSON can hold it: None for an infinite one."""
    return value if math.isfinite(value) else None


def _capability(task: AnyTask) -> Evaluate[Any]:
    if not isinstance(task.evaluate, Evaluate) or task.enhance is None:
        raise PluginError(f"task {task.name!r} cannot be evaluated: it needs both enhance and evaluate")
    return task.evaluate


def _size(image: Tensor) -> str:
    channels, height, width = image.shape[1:]
    return f"{width} x {height} with {channels} channel{'s' if channels != 1 else ''}"
