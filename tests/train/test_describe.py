"""From layers to a run's description: one budget, and paths that hold in any working folder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal, NewType, Optional, TypeVar

import pytest
import typer

from gantool import plugins
from gantool.cli.options import with_options
from gantool.errors import ImageError, PluginError, UsageError
from gantool.keywords import options_of
from gantool.task import AnyTask, Train
from gantool.train import describe as describing
from gantool.train.config import resolve
from gantool.train.describe import Wanted, describe
from gantool.train.folder import RunFile


def described(name: str, **wanted: object) -> RunFile:
    return describe(plugins.load(name), Wanted(data=Path(), **wanted))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("trainer", "steps", "time"), [({"max_time": "3s"}, 0, "3s"), ({"steps": 7}, 7, ""), ({}, 900, "")]
)
def test_a_budget_takes_the_place_of_the_recipes(
    tmp_path: Path, trainer: dict[str, object], steps: int, time: str
) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("[trainer]\nsteps = 900\n")
    run = described("superres", config=recipe, trainer=trainer)
    assert (run.trainer["steps"], run.trainer["max_time"]) == (steps, time)


def test_two_budgets_of_one_layer_contradict() -> None:
    with pytest.raises(UsageError, match="choose one budget"):
        described("superres", trainer={"steps": 7, "max_time": "3s"})


def test_the_last_budget_counts() -> None:
    layers = [{"max_time": "2h", "lr": 1.0}, {"lr": 2.0}, {"steps": 7}]
    assert describing.with_one_budget(layers) == [{"lr": 1.0}, {"lr": 2.0}, {"steps": 7}]


def test_paths_hold_wherever_the_run_is_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("soft.safetensors").touch()
    run = described(
        "style-transfer",
        init="soft.safetensors",
        task={"style": Path("painting.jpg")},
        trainer={"steps": 1, "backbone": Path("vgg.safetensors")},
    )
    assert run.task["style"] == str(tmp_path / "painting.jpg")
    assert run.trainer["backbone"] == str(tmp_path / "vgg.safetensors")
    assert run.init == str(tmp_path / "soft.safetensors")


def test_an_id_stays_an_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("superres-x4-soft").touch()
    assert described("superres", init="superres-x4-soft", trainer={"steps": 1}).init == "superres-x4-soft"


def test_paths_in_a_recipe_are_relative_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "recipes"
    (folder / "starts").mkdir(parents=True)
    (folder / "starts" / "soft.safetensors").touch()
    (folder / "mine.toml").write_text(
        'init = "starts/soft.safetensors"\n[trainer]\nsteps = 1\nbackbone = "../vgg.safetensors"\n'
        '[task]\nstyle = "painting.jpg"\n'
    )
    monkeypatch.chdir(tmp_path)
    run = described("style-transfer", config=Path("recipes/mine.toml"))
    assert run.init == str(folder / "starts" / "soft.safetensors")
    assert run.trainer["backbone"] == str(folder / "../vgg.safetensors")
    assert run.task["style"] == str(folder / "painting.jpg")
    stated = described(
        "style-transfer", config=Path("recipes/mine.toml"), task={"style": Path("a.jpg")}, init="starry"
    )
    assert (stated.task["style"], stated.init) == (str(tmp_path / "a.jpg"), "starry")


def test_an_id_in_a_recipe_stays_an_id(tmp_path: Path) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text('init = "superres-x4-soft"\n[trainer]\nsteps = 1\n')
    assert described("superres", config=recipe).init == "superres-x4-soft"
    recipe.write_text("[trainer]\nsteps = 1\n")
    assert described("superres", config=recipe).init == ""


Count = NewType("Count", int)
Unknown = TypeVar("Unknown")


@dataclass(frozen=True)
class Typed:
    """An option of each kind that the command line reads."""

    depth: Annotated[Optional[int], typer.Option(help="h", min=1)] = None  # noqa: UP045 - authors write it
    size: Annotated[Literal["small", "large"], typer.Option(help="h")] = "small"
    scale: Annotated[Literal[2, 4], typer.Option(help="h")] = 2
    mood: Annotated[Literal["calm", "wild"] | None, typer.Option(help="h")] = None
    name: Annotated[str | None, typer.Option(help="h")] = None
    box: Annotated[tuple[int, float] | None, typer.Option(help="h")] = None
    count: Annotated[Count, typer.Option(help="h")] = Count(1)
    marks: Annotated[list[Path], typer.Option(help="h")] = field(default_factory=list)


def typed() -> AnyTask:
    task = plugins.load("superres")
    assert task.train is not None
    plain = Train(options=Typed, build=task.train.build)
    return replace(task, train=plain)


STATED = {"depth": 3, "size": "large", "scale": 4, "mood": "wild", "name": "7", "box": (1, 2.0), "count": 5}
RECIPE = """[trainer]
steps = 1
[task]
depth = 3
size = "large"
scale = 4
mood = "wild"
name = "7"
box = [1, 2]
count = 5
marks = ["a.png"]
"""


def test_options_of_every_kind_are_one_on_the_command_line_in_a_recipe_and_in_python(tmp_path: Path) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE)
    got: list[Typed] = []
    app = typer.Typer()
    app.command()(with_options(lambda options: got.append(options), {"options": Typed}))
    mark = tmp_path / "a.png"
    line = f"--depth 3 --size large --scale 4 --mood wild --name 7 --box 1 2 --count 5 --marks {mark}"
    app(line.split(), standalone_mode=False)
    run = describe(typed(), Wanted(data=Path(), config=tmp_path / "recipe.toml"))
    by_keyword = options_of(Typed, {**STATED, "name": 7, "marks": [mark]}, "superres")
    resumed = resolve(Typed, [json.loads(json.dumps(run.task))])
    assert got == [by_keyword] == [resumed] == [Typed(**STATED, marks=[mark])]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("depth", "3", "depth = '3' has the wrong type; it takes int or None"),
        ("depth", 0, "depth = 0 is out of range; it is at least 1"),
        ("size", "larg", "size = 'larg' is unknown; did you mean large"),
        ("scale", 3, "scale = 3 is unknown; known: 2, 4"),
        ("scale", 2.0, "scale = 2.0 is unknown; did you mean 2"),
        ("box", [1], r"box = \[1\] has the wrong type"),
        ("box", [1, "x"], "box = 'x' has the wrong type; it takes float"),
    ],
)
def test_a_wrong_value_of_any_kind_is_a_line(name: str, value: object, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        describe(typed(), Wanted(data=Path(), trainer={"steps": 1}, task={name: value}))


def test_a_type_that_no_option_can_have_is_a_line() -> None:
    @dataclass(frozen=True)
    class Odd:
        depth: Annotated[Unknown, typer.Option(help="h")] = 3  # type: ignore[valid-type]

    with pytest.raises(PluginError, match="the type of option 'depth', ~Unknown, is none that options can"):
        options_of(Odd, {"depth": 4}, "superres")


@pytest.mark.parametrize("refusal", [ValueError("no depth of 3"), ImageError("no depth of 3", "take 4")])
def test_whatever_a_plugin_refuses_options_by_is_a_wrong_command(refusal: Exception) -> None:
    @dataclass(frozen=True)
    class Refusing:
        depth: int = 3

        def __post_init__(self) -> None:
            raise refusal

    task = plugins.load("superres")
    assert task.train is not None
    refusing = replace(task, train=replace(task.train, options=Refusing))
    with pytest.raises(UsageError, match="no depth of 3"):
        describe(refusing, Wanted(data=Path(), trainer={"steps": 1}))
