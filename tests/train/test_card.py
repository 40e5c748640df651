"""What the card of a run says: its losses and game, device, figures and repairs."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from gantool.train.checkpoint import Position
from gantool.train.export import export_run
from gantool.train.folder import RunFile
from gantool.train.repair import Condition
from gantool.weights.files import read_card
from tests.train.poison import poisoned
from tests.train.test_repair import THREE_BAD
from tests.train.toy import ToyRecipe


def test_the_card_says_what_was_repaired(tmp_path: Path) -> None:
    trainer = poisoned(tmp_path, THREE_BAD)
    trainer.run()
    described = RunFile("toy", "photos", "", "cpu", "", "", "", {"lr": 1e-2}, {}, {}, {})
    path = export_run(trainer.recipe, trainer.players.ema.module, tmp_path, described, trainer.position)
    recipe = read_card(path).recipe
    assert recipe == {"lr": 1e-2, "skipped_steps": 3, "rolled_back": 1, "lr_scale": 0.5, "lr_d_scale": 0.5}
    assert Condition().facts() == {}


def test_the_card_says_the_device_that_was_computed_on_and_no_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def name(device: str) -> str:
        asked.append(device)
        return "a GPU"

    monkeypatch.setattr(torch.cuda, "get_device_name", name)
    recipe, style = ToyRecipe(), str(tmp_path / "painting.jpg")
    init = str(tmp_path / "soft.safetensors")
    described = RunFile("toy", "photos", "", "auto", init, "", "", {"lr": 1e-2}, {"style": style}, {}, {})
    device = torch.device("cuda", 1)
    path = export_run(recipe, recipe.generator, tmp_path, described, Position(step=1), device)
    card = read_card(path)
    assert (card.machine, asked, card.parent) == ("a GPU", ["cuda:1"], "soft")
    assert card.recipe["style"] == "painting.jpg"


@pytest.mark.parametrize(("figure", "said"), [(31.5, 1), (math.inf, 0)])
def test_a_figure_without_bounds_costs_no_export(figure: float, said: int, tmp_path: Path) -> None:
    recipe, position = ToyRecipe(), Position(step=1, best=figure, picked=figure)
    described = RunFile("toy", "photos", "", "cpu", "", "", "", {}, {}, {}, {})
    card = read_card(export_run(recipe, recipe.generator, tmp_path, described, position))
    assert len(card.measured) == said


@pytest.mark.parametrize("gan", [True, False])
def test_the_card_says_losses_and_game_as_they_were_played(gan: bool, tmp_path: Path) -> None:
    recipe = ToyRecipe(gan)
    losses = {"l1": {"weight": 1.0}, "perceptual": {"weight": 0.3, "samples": 2}, "tv": {"weight": 0.0}}
    game = {"adversarial": 0.03, "r1": 0.0}
    described = RunFile("toy", "photos", "", "cpu", "", "", "", {"lr": 1e-2}, {}, losses, game)
    recipe_of_card = read_card(
        export_run(recipe, recipe.generator, tmp_path, described, Position(step=1))
    ).recipe
    played = {"adversarial": 0.03} if gan else {}
    assert recipe_of_card == {"lr": 1e-2, "loss l1": "1", "loss perceptual": "0.3/2", **played}
