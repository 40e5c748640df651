"""Spectral norm and the minibatch standard deviation, asked for by the settings of the game."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import torch
from rich.console import Console
from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from gantool.errors import UsageError
from gantool.train.config import plain
from gantool.train.critic import equip, refuse_unplayed
from gantool.train.game import Game, GameSettings
from gantool.train.loop import Trainer
from gantool.train.losses.regularisers import MinibatchStd
from gantool.train.settings import Settings
from tests.train.test_step import ONE
from tests.train.toy import ToyRecipe, make_rules


def test_spectral_norm_is_given_by_the_settings(tmp_path: Path) -> None:
    game = GameSettings(game=Game.hinge, spectral_norm=True)
    settings, quiet = Settings(steps=4, batch=2), Console(file=io.StringIO())
    trainer = Trainer(ToyRecipe(), make_rules(settings, game), tmp_path, torch.device("cpu"), ONE, quiet)
    assert trainer.players.discriminator is not None
    critic = trainer.players.discriminator.network
    layers = [layer for layer in critic.modules() if isinstance(layer, nn.Conv2d)]
    assert len(layers) == 2
    for _ in range(20):
        critic(torch.rand(1, 3, 12, 12))
    for layer in layers:
        assert is_parametrized(layer, "weight")
        norm = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), ord=2)
        assert float(norm) == pytest.approx(1.0, abs=0.05)


def test_groups_are_set_where_the_discriminator_has_them() -> None:
    critic = nn.Sequential(nn.Conv2d(3, 4, 3), MinibatchStd(4), nn.Conv2d(5, 1, 1))
    equip(critic, GameSettings(minibatch_std=1))
    spread = critic[1](torch.rand(4, 2, 3, 3))[:, 2]
    assert float(spread.max()) <= 1.1e-4  # a picture alone does not differ from itself
    equip(critic, GameSettings())
    assert critic[1].group_size == 1


def test_what_a_discriminator_lacks_is_refused() -> None:
    with pytest.raises(UsageError, match="--minibatch-std 4"):
        equip(nn.Conv2d(3, 1, 1), GameSettings(minibatch_std=4))
    with pytest.raises(UsageError, match="recipe has none"):
        equip(None, GameSettings(spectral_norm=True))


def test_settings_of_a_game_without_a_discriminator_are_refused() -> None:
    own = {"lr_d": 1e-4, "adversarial": 0.03}
    usual = {**plain(GameSettings(adversarial=0.03)), "lr_d": 1e-4}
    refuse_unplayed(None, usual, own)
    asked = {**usual, "game": "hinge", "r1": 1.0, "lr_d": 1.0}
    refuse_unplayed(nn.Conv2d(3, 1, 1), asked, own)
    with pytest.raises(UsageError, match=r"^--game, --r1, --lr-d are for a disc.*has none; leave it out"):
        refuse_unplayed(None, asked, own)
    with pytest.raises(UsageError, match=r"^--adversarial is for"):
        refuse_unplayed(None, {**usual, "adversarial": 1.0}, own)


def test_spectral_norm_bounds_a_critic_and_excludes_clipping() -> None:
    assert GameSettings(game=Game.wasserstein, spectral_norm=True).spectral_norm
    with pytest.raises(UsageError, match="--spectral-norm both bound"):
        GameSettings(clip_weights=0.01, spectral_norm=True)


class Odd(nn.Module):
    """A layer of a class of its own, as networks of equalised learning rate have them."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(4, 4))


def test_spectral_norm_is_refused_where_a_layer_would_go_without() -> None:
    game = GameSettings(game=Game.wasserstein, spectral_norm=True)
    known = nn.Sequential(nn.Conv2d(3, 4, 3), nn.InstanceNorm2d(4, affine=True), nn.Embedding(4, 4))
    equip(known, game)
    equip(known, game)
    assert is_parametrized(known[2], "weight")
    with pytest.raises(UsageError, match=r"--spectral-norm: 1 layers .* such as 1\.0;"):
        equip(nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sequential(Odd())), game)
