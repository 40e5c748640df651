"""The capability to evaluate: clean pictures become cases, and figures count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from gantool.task.pictures import Picture

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
    """How clean pictures become cases, and which figures count. `options` extends the Enhance options."""

    options: type[EvaluateOptions]
    cases: Callable[[EvaluateOptions, Path], Iterable[Case]]
    metrics: Callable[[EvaluateOptions], Mapping[str, Metric]]
    protocol: Callable[[EvaluateOptions], str]
    round_to_8_bit: bool = True
