from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer

from gantool.errors import UsageError, WeightError
from gantool.task import AnyTask, KnownWeight, Task
from gantool.weights.card import Card
from gantool.weights.needed import check_needed, check_stated

from .conftest import CARD, put

TASK: AnyTask = Task(name="colorize", summary="")


class Kind(StrEnum):
    soft = "soft"
    hard = "hard"


@dataclass(frozen=True)
class Options:
    kind: Annotated[Kind, typer.Option("--sort", help="")] = Kind.soft
    colours: Annotated[int, typer.Option(min=2, max=4)] = 3
    strength: Annotated[float, typer.Option(min=0, max=1)] = 1.0
    pixels: Annotated[int, typer.Option(min=1, max=100_000)] = 9

    def __post_init__(self) -> None:
        if self.kind is Kind.hard and self.colours == 4:
            raise UsageError("not both")


def needs(options: Options) -> tuple[str, ...]:
    if options.colours == 2:
        raise UsageError("two colours are too few")
    return (f"colorize-{options.kind.value}-{options.colours}",)


def shipped(home: Path, *ids: str) -> None:
    for weight_id in ids:
        put(home / "shipped", dataclasses.replace(CARD, id=weight_id))


def test_the_options_are_named_and_what_there_is_with_one_of_them_changed(home: Path) -> None:
    shipped(home, "colorize-hard-3", "colorize-soft-4", "colorize-hard-4")
    with pytest.raises(WeightError) as caught:
        check_needed(TASK, needs, Options())
    assert str(caught.value) == (
        "there is no weight for --sort soft --colours 3 (colorize-soft-3); "
        "there is one with --sort hard or with --colours 4 (see `gantool weights list`)"
    )


def test_where_no_single_change_helps_the_nearest_is_named(home: Path) -> None:
    shipped(home, "colorize-hard-4")
    with pytest.raises(WeightError, match=r"--sort soft --colours 3 .*did you mean colorize-hard-4\?"):
        check_needed(TASK, needs, Options())


def test_nothing_is_said_of_what_is_there_or_known_to_be_elsewhere(home: Path) -> None:
    shipped(home, "colorize-soft-3")
    check_needed(TASK, needs, Options())
    known = KnownWeight("colorize-hard-3", "", "CC0", url="https://example.org/hard")
    check_needed(dataclasses.replace(TASK, known_weights=(known,)), needs, Options(kind=Kind.hard))


@dataclass(frozen=True)
class Named(Options):
    palette: Annotated[str, typer.Option()] = ""
    note: Annotated[str, typer.Option()] = ""


def needs_named(options: Named) -> tuple[str, ...]:
    # A palette's file, such as sea.png, goes with the weight for any.
    named = options.palette and "." not in options.palette
    return (f"colorize-{options.palette}",) if named else needs(options)


GIVEN = dataclasses.replace(CARD, id="colorize-mine", config={"colours": 3}, recipe={"kind": "hard"})


def stating(card: Card, **stated: object) -> None:
    check_stated(needs_named, Named(**stated), frozenset(stated), Path("mine.safetensors"), card)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stated", "line"),
    [
        (
            {"kind": Kind.soft},
            "--sort soft is asked, and mine.safetensors was made with --sort hard; "
            "leave out --sort or --weights",
        ),
        (
            {"colours": 4},
            "--colours 4 is asked, and mine.safetensors was made with --colours 3; "
            "leave out --colours or --weights",
        ),
        (
            {"palette": "sea"},
            "--palette sea is colorize-sea, and mine.safetensors is colorize-mine; "
            "leave out --palette or --weights",
        ),
    ],
)
def test_a_stated_option_that_chooses_another_weight_is_refused(stated: dict[str, Any], line: str) -> None:
    with pytest.raises(UsageError) as caught:
        stating(GIVEN, **stated)
    assert str(caught.value) == line


def test_what_agrees_is_silent_on_it_or_chooses_no_weight_is_not_refused() -> None:
    stating(GIVEN)  # The default, soft, is nobody's wish.
    stating(GIVEN, kind=Kind.hard, colours=3, strength=0.5, pixels=7, note="mine", palette="sea.png")
    stating(dataclasses.replace(GIVEN, recipe={}), kind=Kind.soft)
    stating(dataclasses.replace(GIVEN, id="colorize-sea"), palette="sea")
