"""From layers to a run's description: one budget, and paths that hold in any working folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from gantool import plugins
from gantool.errors import ImageError, UsageError
from gantool.train import describe as describing
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
