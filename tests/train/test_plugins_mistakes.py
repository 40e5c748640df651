"""What a plugin gets wrong is a line before the first step, or as soon as it is known."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import pytest
import torch
import typer
from torch import nn

from gantool.errors import PluginError
from gantool.task import AnyTask, Export, Validation
from gantool.train.describe import Wanted, describe
from gantool.train.events import read_events
from gantool.train.folder import new_run_folder, read_run
from gantool.train.loop import Trainer
from gantool.train.session import TrainResult, train_session
from gantool.weights.files import load, read_card
from tests.contract.toy import ToyRecipe, TrainOptions, toy_task
from tests.train.pictures import write


@dataclass(frozen=True)
class ListOptions(TrainOptions):
    betas: Annotated[list[float] | None, typer.Option(help="Some numbers.")] = None
    paintings: Annotated[list[str] | None, typer.Option(help="Some files.")] = None


@pytest.fixture(autouse=True)
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        write(tmp_path / "photos" / f"{number}.png", number, 64, 64)
    monkeypatch.chdir(tmp_path)


def train(task: AnyTask, folder: str = "run", **options: Any) -> TrainResult:
    trainer = {"steps": 2, "batch": 2, "log_every": 1, "val_every": 1}
    wanted = Wanted(Path("photos"), device="cpu", trainer=trainer, task=options)
    described = describe(task, wanted)
    return train_session(task, described, new_run_folder(Path(folder), task.name), resumed=False)


def no_step(trainer: Trainer, *_: object) -> None:
    raise AssertionError("a step was taken")


def test_a_list_among_the_options_is_text_on_the_card() -> None:
    files = [str(Path("a.png").absolute()), "b.png"]
    result = train(toy_task(options=ListOptions), betas=[0.5, 1.0], paintings=files)
    assert result.weight is not None
    recipe = read_card(result.weight).recipe
    assert (recipe["betas"], recipe["paintings"]) == ("0.5, 1.0", "a.png, b.png")


def test_a_run_with_a_list_is_resumed() -> None:
    task = toy_task(options=ListOptions)
    train(task, betas=[0.5, 1.0])
    described = read_run(Path("run"))
    assert described.task["betas"] == [0.5, 1.0]
    result = train_session(task, described, Path("run"), resumed=True)
    assert result.weight is not None
    assert read_card(result.weight).recipe["betas"] == "0.5, 1.0"


class ListInCard(ToyRecipe):
    def export(self, generator: nn.Module) -> Export:
        return replace(super().export(generator), config={"widths": [1, 2]})  # type: ignore[dict-item]


class NoId(ToyRecipe):
    def export(self, generator: nn.Module) -> Export:
        return replace(super().export(generator), id="no id")


class Outlines(ToyRecipe):
    def export(self, generator: nn.Module) -> Export:
        raise AssertionError("this takes long")

    def outline(self, generator: nn.Module) -> Export:
        return Export("no id", "", "toy", {"width": 4}, {}, "CC0-1.0")


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        (ListInCard, r"could not be exported: 'config.widths' of the card is \[1, 2\]"),
        (NoId, "could not be exported: 'no id' cannot be the id of a weight"),
        (Outlines, "could not be exported: 'no id' cannot be the id of a weight"),
    ],
)
def test_a_card_that_cannot_be_written_is_told_before_the_first_step(
    recipe: type[ToyRecipe], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Trainer, "_step", no_step)
    with pytest.raises(PluginError, match=says):
        train(toy_task(recipe))
    assert not Path("run").exists()


class Spoils(ToyRecipe):
    def export(self, generator: nn.Module) -> Export:
        export = super().export(generator)
        tensors = {name: value.clone() for name, value in export.tensors.items()}
        for parameter in generator.parameters():
            torch.nn.init.normal_(parameter)
        return replace(export, tensors=tensors)


def test_making_the_card_before_the_first_step_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with_it = train(toy_task(Spoils), "with-it").weight
    monkeypatch.setattr("gantool.train.session.check_export", lambda *_: None)
    without = train(toy_task(Spoils), "without").weight
    assert with_it is not None
    assert without is not None
    first, second = (load(path, task="toy").tensors for path in (with_it, without))
    assert first.keys() == second.keys()
    assert all(torch.equal(value, second[name]) for name, value in first.items())


@pytest.mark.parametrize("name", ["gan", "l1", "lr", "Dark"])
def test_a_name_that_is_taken_is_told_before_anything_is_loaded(name: str) -> None:
    with pytest.raises(PluginError, match=f"the task's own loss '{name}'"):
        train(toy_task(own_losses=("brightness", name)))
    assert not Path("run").exists()


class WrongBest(ToyRecipe):
    def validate(self, generator: nn.Module) -> Validation:
        return Validation({"psnr": 1.0, "mse": 2.0}, "ssim", True)


def test_a_figure_to_pick_by_that_is_not_there_is_a_line() -> None:
    with pytest.raises(PluginError, match=r"best_by is 'ssim', and the figures are mse, psnr; let"):
        train(toy_task(WrongBest))
    assert read_events(Path("run"))[-1].text.startswith("Validation.best_by is 'ssim'")
