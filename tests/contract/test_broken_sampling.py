"""A sampler that breaks the contract is told what to mend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import pytest
import torch
import typer
from torch import Tensor

from gantool.task import EvaluateSet, Labelled, Sample, SetFigure, SetInputs, SetReport
from gantool.testing import Check, ContractError, check_task
from tests.contract.toy import toy_task
from tests.sampling.toys import CLASSES, Full, Plain


@dataclass(frozen=True)
class Options:
    gain: Annotated[float, typer.Option(help="Contrast.")] = 1.0


def steady(options: Options, inputs: SetInputs) -> SetReport:
    return SetReport([SetFigure("images", inputs.count)])


def check(
    sampler: Callable[[], Any],
    classes: tuple[str, ...] = (),
    measure: Callable[[Any, SetInputs], SetReport] = steady,
    protocol: str = "counted",
) -> tuple[Check, ...]:
    sample: Sample[Any] = Sample(
        Options, lambda options: ("toy",), lambda options, weights: sampler(), lambda cards: classes
    )
    measured = EvaluateSet(Options, measure, lambda options, inputs: protocol)
    task = replace(toy_task(), enhance=None, sample=sample, evaluate=measured)
    return check_task(task, only={Check.OPTIONS, Check.SAMPLE, Check.EVALUATE})


@pytest.mark.parametrize(("sampler", "classes"), [(Plain, ()), (Full, CLASSES)])
def test_samplers_that_keep_it(sampler: Callable[[], Any], classes: tuple[str, ...]) -> None:
    assert check(sampler, classes) == (Check.OPTIONS, Check.SAMPLE, Check.EVALUATE)


class Shuffled(Plain):
    def latents(self, numbers: Sequence[int], seed: int) -> Tensor:
        return torch.randn(len(numbers), 2, generator=torch.Generator().manual_seed(seed))


class Unseeded(Plain):
    def latents(self, numbers: Sequence[int], seed: int) -> Tensor:
        return super().latents(numbers, 0)


class Opaque(Plain):
    def __call__(self, latents: Tensor) -> Tensor:
        return super().__call__(latents).detach()


class Together(Plain):
    def __call__(self, latents: Tensor) -> Tensor:
        return super().__call__(latents - latents.mean(0))


class Flat(Plain):
    def __call__(self, latents: Tensor) -> Tensor:
        return super().__call__(latents)[:, 0]


class Loud(Plain):
    def __call__(self, latents: Tensor) -> Tensor:
        return super().__call__(latents) / 0


class Classless(Full):
    def latents_of(self, classes: Sequence[int], numbers: Sequence[int], seed: int) -> Tensor:
        return super().latents_of([0] * len(numbers), numbers, seed)


class Stiff(Full):
    def truncated(self, latents: Tensor, psi: float) -> Tensor:
        return latents


class Eager(Full):
    def truncated(self, latents: Tensor, psi: float) -> Tensor:
        return latents * 0.5


class Backwards(Full):
    def between(self, first: Tensor, second: Tensor, at: float) -> Tensor:
        return super().between(second, first, at)


class Narrow(Full):
    def first_weights(self) -> Tensor:
        return torch.ones(4, 2)


class Floating(Full):
    def real(self, data: Path) -> Labelled:
        return Labelled(torch.zeros(3, 1, 8, 8))


@pytest.mark.parametrize(
    ("sampler", "classes", "words"),
    [
        (Shuffled, (), "another latent among others"),
        (Unseeded, (), "the same for two seeds"),
        (Opaque, (), "no gradient passes"),
        (Together, (), "depends on what is drawn beside it"),
        (Flat, (), r"not images \(N, 1 or 3, H, W\)"),
        (Loud, (), "not finite"),
        (Plain, CLASSES, "Sampler.latents_of is missing"),
        (Classless, CLASSES, "the same for two classes"),
        (Stiff, CLASSES, "changes nothing at 0.5"),
        (Eager, CLASSES, "changes latents at 1"),
        (Backwards, CLASSES, "does not begin at the first latent"),
        (Narrow, CLASSES, "a latent has 3 values"),
        (Floating, CLASSES, "not uint8"),
    ],
)
def test_what_is_broken_is_named(sampler: Callable[[], Any], classes: tuple[str, ...], words: str) -> None:
    with pytest.raises(ContractError, match=words):
        check(sampler, classes)


def test_figures_that_change_or_are_none() -> None:
    calls: list[int] = []

    def moving(options: Options, inputs: SetInputs) -> SetReport:
        calls.append(1)
        return SetReport([SetFigure("calls", len(calls))])

    with pytest.raises(ContractError, match="finds two things"):
        check(Plain, measure=moving)
    with pytest.raises(ContractError, match="is not a number"):
        check(Plain, measure=lambda options, inputs: SetReport([SetFigure("x", float("nan"))]))
    with pytest.raises(ContractError, match="gives no figure"):
        check(Plain, measure=lambda options, inputs: SetReport([]))
    with pytest.raises(ContractError, match="one line"):
        check(Plain, protocol="two\nlines")


def test_options_of_a_set_extend_those_of_sampling() -> None:
    @dataclass(frozen=True)
    class Other:
        pass

    sample: Sample[Any] = Sample(Options, lambda options: (), lambda options, weights: Plain())
    measured: EvaluateSet[Any] = EvaluateSet(Other, steady, lambda options, inputs: "x")
    task = replace(toy_task(), enhance=None, sample=sample, evaluate=measured)
    with pytest.raises(ContractError, match="must extend Options: what is measured is what sample would do"):
        check_task(task, only={Check.OPTIONS})
