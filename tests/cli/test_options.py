from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import typer

import gantool.cli.root
from gantool.cli.lazy import as_command
from gantool.cli.options import with_options
from gantool.errors import PluginError, WeightError

from .conftest import Run


class Mood(Enum):
    CALM = "calm"
    WILD = "wild"


@dataclass(frozen=True)
class Options:
    scale: Annotated[Literal[2, 3, 4], typer.Option(help="Factor.")] = 4
    mood: Annotated[Mood, typer.Option(help="Mood.")] = Mood.CALM
    amount: Annotated[float, typer.Option(help="How much; needs gantool[train].", min=0, max=1)] = 0.5
    foo_bar: Annotated[int | None, typer.Option(help="Perhaps.")] = None
    fast: Annotated[bool, typer.Option(help="Hurry; as --foo-bar, unlike --tag and --dry-run.")] = False
    tags: Annotated[list[str], typer.Option("--tag", help="Words.")] = field(default_factory=lambda: ["a"])

    def __post_init__(self) -> None:
        if self.amount == 0.25:
            raise ValueError("--amount 0.25 is not possible")
        if self.amount == 0.75:
            raise WeightError("no weight for 0.75", "choose 0.5")


def enhance(
    inputs: Annotated[list[str], typer.Argument(help="Pictures.")],
    options: Any,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only plan.")] = False,
) -> None:
    """Enhance pictures."""
    seen.append((inputs, dry_run, options))


seen: list[tuple[list[str], bool, Options]] = []


@pytest.fixture
def call(run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command `enhance` alone, with `Options` put onto it."""
    seen.clear()
    command = as_command("enhance", with_options(enhance, {"options": Options}, panel="Options of colorize"))
    monkeypatch.setattr(gantool.cli.root, "command", lambda: command)
    return run


def test_defaults_arrive_as_one_instance(call: Run) -> None:
    assert call("a.png").code == 0
    assert seen == [(["a.png"], False, Options())]


def test_every_kind_of_field_is_typed(call: Run) -> None:
    line = "a b -n --scale 3 --mood wild --amount 1 --foo-bar 7 --fast --tag x --tag y"
    assert call(*line.split()).code == 0
    expected = Options(scale=3, mood=Mood.WILD, amount=1.0, foo_bar=7, fast=True, tags=["x", "y"])
    assert seen == [(["a", "b"], True, expected)]
    assert isinstance(seen[0][2].scale, int)


def test_a_truth_value_has_its_opposite(call: Run) -> None:
    assert call("a", "--fast", "--no-fast").code == 0
    assert seen[0][2].fast is False


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scale", "5"], ["--scale", "'5'", "'2', '3', '4'"]),
        (["--mood", "sad"], ["--mood", "'sad'", "'calm', 'wild'"]),
        (["--amount", "2"], ["--amount", "less than or equal to 1"]),
        (["--foo-bar", "x"], ["--foo-bar", "valid integer"]),
        (["--fooo"], ["--fooo"]),
        (["--amount", "0.25"], ["--amount 0.25 is not possible"]),
        (["--amount", "0.75"], ["no weight for 0.75; choose 0.5"]),
    ],
)
def test_a_wrong_value_is_one_line_and_exit_code_2(call: Run, arguments: list[str], words: list[str]) -> None:
    answer = call("a", *arguments)
    assert answer.code == 2
    assert answer.err.startswith("error: ")
    assert answer.err.count("\n") == 1
    assert all(word in answer.err for word in words)
    assert not seen


def test_help_shows_the_fields_in_their_panel_and_keeps_brackets(call: Run) -> None:
    answer = call("--help")
    assert answer.code == 0
    assert "Options of colorize" in answer.out
    assert "--foo-bar" in answer.out
    assert "gantool[train]" in " ".join(answer.out.split())


@dataclass(frozen=True)
class Further:
    depth: Annotated[int, typer.Option(help="Depth.")] = 1


def test_two_option_classes_at_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = []

    def command(one: Any, two: Any) -> None:
        pairs.append((one, two))

    made = as_command("command", with_options(command, {"one": Options, "two": Further}))
    monkeypatch.setattr(gantool.cli.root, "command", lambda: made)
    assert run("--depth", "3", "--scale", "2").code == 0
    assert pairs == [(Options(scale=2), Further(3))]


def test_under_a_prefix_there_are_no_flags_but_those_with_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = as_command("enhance", with_options(enhance, {"options": Options}, prefix="soft"))
    monkeypatch.setattr(gantool.cli.root, "command", lambda: made)
    seen.clear()
    assert run("a", "--soft.tag", "x", "--soft.fast").code == 0
    assert seen == [(["a"], False, Options(tags=["x"], fast=True))]
    assert "No such option: --tag" in run("a", "--tag", "x").err
    flags = [flag for option in made.params for flag in (*option.opts, *option.secondary_opts)]
    assert all(flag.startswith("--soft.") for flag in flags if flag not in ("inputs", "--dry-run", "-n"))


def test_under_a_prefix_what_a_plugin_says_of_its_flags_has_it_too(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = as_command("enhance", with_options(enhance, {"options": Options}, prefix="soft"))
    monkeypatch.setattr(gantool.cli.root, "command", lambda: made)
    helps = {option.name: getattr(option, "help", "") for option in made.params}
    assert helps["soft__fast"] == "Hurry; as --soft.foo-bar, unlike --soft.tag and --dry-run."
    assert "--soft.amount 0.25 is not possible" in run("a", "--soft.amount", "0.25").err


@dataclass(frozen=True)
class TakesFlag:
    plan: Annotated[bool, typer.Option("--dry-run", help="Clash.")] = False


@dataclass(frozen=True)
class TakesName:
    inputs: Annotated[int, typer.Option(help="Clash.")] = 1


@dataclass(frozen=True)
class TakesShort:
    number: Annotated[int, typer.Option("-n", help="Clash.")] = 1


@dataclass(frozen=True)
class TakesOpposite:
    no_fast: Annotated[int, typer.Option(help="Clash with --no-fast.")] = 1


@dataclass(frozen=True)
class TakesHelp:
    help: Annotated[int, typer.Option(help="Clash.")] = 1


@pytest.mark.parametrize(
    ("kind", "taken"),
    [(TakesFlag, "--dry-run"), (TakesName, "inputs"), (TakesShort, "-n"), (TakesHelp, "--help")],
)
def test_a_collision_with_the_command_names_both(kind: type[Any], taken: str) -> None:
    with pytest.raises(PluginError) as caught:
        with_options(enhance, {"options": kind})
    assert taken in str(caught.value)
    assert kind.__name__ in str(caught.value)
    assert caught.value.remedy == "rename the field, or its flag"


def test_a_collision_between_two_classes_names_both() -> None:
    def command(one: Any, two: Any) -> None: ...

    with pytest.raises(PluginError, match=r"--no-fast of .*TakesOpposite is already .*Options"):
        with_options(command, {"one": Options, "two": TakesOpposite})


@dataclass(frozen=True)
class NoDefault:
    depth: Annotated[int, typer.Option(help="Depth.")]


@dataclass(frozen=True)
class NoOption:
    depth: int = 1


@dataclass(frozen=True)
class Unsupported:
    depth: Annotated[int | Path, typer.Option(help="A union.")] = 1


class NoDataclass:
    depth: int = 1


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (NoDefault, "'depth' of .*NoDefault has no default"),
        (NoOption, "'depth' of .*NoOption is not Annotated"),
        (Unsupported, "Unsupported are refused by Typer"),
        (NoDataclass, "NoDataclass holds options but is not a dataclass"),
    ],
)
def test_a_class_that_cannot_be_options(kind: type[Any], words: str) -> None:
    with pytest.raises(PluginError, match=words):
        with_options(enhance, {"options": kind})
