"""The capability to evaluate: clean pictures become cases, and figures count; or a set as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from gantool.task.pictures import Picture
from gantool.task.sample import Sampler
from gantool.task.weight import LoadedWeight

if TYPE_CHECKING:
    from torch import Tensor

EvaluateOptions = TypeVar("EvaluateOptions")


@dataclass(frozen=True)
class Case:
    """One seeded test: what goes in, what should come out, and the extras `prepare` gets.

    Cases of one `group` (a noise level, say) get means of their own.
    """

    name: str
    degraded: Picture
    clean: Picture
    extras: Mapping[str, Picture] = field(default_factory=dict)
    group: str = ""


Metric = Callable[["Tensor", "Tensor", Case], float]
"""(output, clean, case) -> figure; both images (1, C, H, W), rounded to 8 bit unless the task says not."""


@dataclass(frozen=True)
class Evaluate(Generic[EvaluateOptions]):
    """How clean pictures become cases, and which figures count. `options` extends the Enhance options.

    `protocol` says in one line how is measured; `way` adds what of that the weights decide, if anything.
    """

    options: type[EvaluateOptions]
    cases: Callable[[EvaluateOptions, Path], Iterable[Case]]
    metrics: Callable[[EvaluateOptions], Mapping[str, Metric]]
    protocol: Callable[[EvaluateOptions], str]
    round_to_8_bit: bool = True
    way: Callable[[EvaluateOptions, Sequence[LoadedWeight]], str] = lambda options, weights: ""


@dataclass(frozen=True)
class SetFigure:
    """One figure over a whole set; figures of one `group` stand together."""

    name: str
    value: float
    group: str = ""


@dataclass(frozen=True)
class SetReport:
    """What was found of a generator, and what a reader must know of it (a line each).

    `neighbours` (3, H, W) in [0, 1] shows, row by row, images and the real ones nearest to them.
    """

    figures: Sequence[SetFigure]
    notes: Sequence[str] = ()
    neighbours: Tensor | None = None


@dataclass(frozen=True)
class SetInputs:
    """What is compared: `count` images of `sampler` from `seed`, `batch` at once, with those of `data`.

    `classes` are the names of the sampler's classes; it is on its device already.
    """

    sampler: Sampler
    classes: tuple[str, ...]
    data: Path
    count: int
    seed: int
    batch: int


@dataclass(frozen=True)
class EvaluateSet(Generic[EvaluateOptions]):
    """For tasks that sample: figures over many images against many real ones, not case by case.

    `options` extends the Sample options; `protocol` says in one line how the figures were measured.
    """

    options: type[EvaluateOptions]
    measure: Callable[[EvaluateOptions, SetInputs], SetReport]
    protocol: Callable[[EvaluateOptions, SetInputs], str]
