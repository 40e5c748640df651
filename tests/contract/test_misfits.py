"""Builders that take weights which do not fit, or answer them by a traceback, are told how it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import pytest
import typer

from gantool.errors import WeightError
from gantool.task import LoadedWeight, Sample
from gantool.testing import Check, check_task
from tests.contract.test_broken_training import sentences
from tests.contract.toy import Options, ToyEnhancer, network, toy_task
from tests.sampling.toys import Plain


class Raw(ToyEnhancer):
    def __init__(self, options: Options, weights: Sequence[LoadedWeight]) -> None:
        self.module = network().eval()
        self.module.load_state_dict(dict(weights[0].tensors))


class Lenient(ToyEnhancer):
    def __init__(self, options: Options, weights: Sequence[LoadedWeight]) -> None:
        self.module = network().eval()
        self.module.load_state_dict(dict(weights[0].tensors), strict=False)


class Halved(ToyEnhancer):
    """Fills one of its layers by itself, and does not look at what it fills it with."""

    def __init__(self, options: Options, weights: Sequence[LoadedWeight]) -> None:
        tensors = weights[0].tensors
        if tensors.keys() != network().state_dict().keys() or tensors["0.weight"].shape != (4, 3, 3, 3):
            raise WeightError("no such weight")
        self.module = network().eval()
        self.module[2].weight.data = tensors["2.weight"].float()


def test_a_weight_that_fits_is_all_that_is_taken() -> None:
    assert check_task(toy_task(), only=[Check.MISFIT]) == (Check.MISFIT,)


@pytest.mark.parametrize(
    ("enhancer", "says"),
    [
        (Raw, "answers a weight without its tensor '0.weight' by a traceback, RuntimeError"),
        (Lenient, "takes a weight without its tensor '0.weight'"),
        (Halved, "takes a weight whose tensor '2.weight' is of another shape"),
    ],
)
def test_an_enhancer_that_does_not_refuse_it(enhancer: type[ToyEnhancer], says: str) -> None:
    said = sentences(toy_task(enhancer=enhancer), Check.MISFIT)
    assert f"Enhance.build {says}" in said
    assert "gantool.networks.loading.network_of, which refuses such a weight in one line" in said


@dataclass(frozen=True)
class Nothing:
    gain: Annotated[float, typer.Option(help="Contrast.")] = 1.0


def test_a_sampler_that_does_not_refuse_it() -> None:
    sample: Sample[Any] = Sample(Nothing, lambda options: ("toy",), lambda options, weights: Plain())
    said = sentences(replace(toy_task(), enhance=None, sample=sample), Check.MISFIT)
    assert "Sample.build takes a weight without its tensor" in said
