"""Recipes whose exports, cards and starts from weights are broken in one thing each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

import pytest
import typer
from torch import Tensor, nn

from gantool.task import Export
from gantool.testing import Check, check_task
from tests.contract.test_broken_training import sentences
from tests.contract.toy import ToyRecipe, TrainOptions, toy_task


class BareCard(ToyRecipe):
    def export(self, generator: nn.Module) -> Export:
        return replace(super().export(generator), id="no id", licence="", config={})


class ListInCard(ToyRecipe):
    def export(self, generator: nn.Module) -> Export:
        return replace(super().export(generator), config={"widths": [1, 2]})  # type: ignore[dict-item]


def test_cards() -> None:
    said = sentences(toy_task(BareCard), Check.CARD)
    for part in ("cannot be an id", "Export.licence is empty", "Export.config is empty"):
        assert part in said
    assert "config.widths" in sentences(toy_task(ListInCard), Check.CARD)
    assert "'gone.', but no exported tensor" in sentences(toy_task(fitted=("gone.",)), Check.CARD)


@dataclass(frozen=True)
class ListOptions(TrainOptions):
    betas: Annotated[list[float] | None, typer.Option(help="Some numbers.")] = None


def test_an_option_may_be_a_list() -> None:
    task = toy_task(options=ListOptions)
    assert check_task(task, train=ListOptions(betas=[0.5, 1.0]), only=[Check.OPTIONS, Check.CARD])


class OtherOutline(ToyRecipe):
    def outline(self, generator: nn.Module) -> Export:
        return replace(self.export(generator), id="other", tensors={})


def test_an_outline_says_what_the_export_says() -> None:
    assert "Recipe.outline says other facts" in sentences(toy_task(OtherOutline), Check.CARD)


class Forgetful(ToyRecipe):
    def initialise(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
        return ()


class Wordless(ToyRecipe):
    def initialise(self, tensors: Mapping[str, Tensor]) -> Any:
        super().initialise(tensors)


class Matchless(ToyRecipe):
    def initialise(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
        return ("0",)


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        (Forgetful, "makes other pictures"),
        (Matchless, "finds no match for 0"),
        (Wordless, "Recipe.initialise returns None"),
    ],
)
def test_starting_from_a_weight(recipe: type[ToyRecipe], says: str) -> None:
    assert says in sentences(toy_task(recipe), Check.START)
