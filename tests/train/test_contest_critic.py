"""The discriminator's side of the train step: penalties, clipping, places that count, augmentation."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from gantool.errors import UsageError
from gantool.task import Judgement
from gantool.train.contest import Contest, Moment
from gantool.train.feed import Feed
from gantool.train.game import Augment, Game, GameSettings
from tests.train.test_contest import batches, moved
from tests.train.test_step import ONE, assert_equal, make_trainer, step_once, weights_of
from tests.train.toy import ToyBatch, ToyRecipe


@pytest.mark.parametrize(
    ("game", "term"),
    [
        (GameSettings(r1=1.0, lazy=2), "r1"),
        (GameSettings(r2=1.0, lazy=2), "r2"),
        (GameSettings(gradient_penalty=1.0, lazy=2), "gradient_penalty"),
    ],
)
def test_gradient_penalties_are_lazy(game: GameSettings, term: str, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, game)
    seen = []
    for step in range(4):
        trainer.position.step = step
        seen.append(term in step_once(trainer, batches(), 0.5).terms)
    assert seen == [True, False, True, False]


def test_r1_flattens_the_discriminator(tmp_path: Path) -> None:
    slopes = []
    for weight in (0.0, 10.0):
        trainer = make_trainer(tmp_path, GameSettings(r1=weight, lazy=1), lr_d=1e-3)
        for _ in range(100):
            step_once(trainer, batches(), 0.5)
        image = batches()[0].wanted.requires_grad_()
        assert trainer.players.discriminator is not None
        logits = trainer.players.discriminator.network(image)
        (slope,) = torch.autograd.grad(logits.sum(), image)
        slopes.append(float(slope.square().mean()))
    assert slopes[1] < 0.4 * slopes[0]


def test_weights_are_clipped(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, GameSettings(game=Game.wasserstein, clip_weights=0.01), lr_d=0.0)
    step_once(trainer, batches(), 0.5)
    assert trainer.players.discriminator is not None
    assert max(float(p.detach().abs().max()) for p in trainer.players.discriminator.parameters()) <= 0.01


def test_nobody_meets_a_critic_that_is_not_clipped(tmp_path: Path) -> None:
    met = []

    class Watching(ToyRecipe):
        def judge(self, discriminator: nn.Module, batch: ToyBatch, image: torch.Tensor) -> Judgement:
            met.append(max(float(p.detach().abs().max()) for p in discriminator.parameters()))
            return super().judge(discriminator, batch, image)

    game = GameSettings(game=Game.wasserstein, clip_weights=0.01, n_critic=2)
    trainer = make_trainer(tmp_path, game, Watching(), lr_d=0.1)
    for step in range(2):
        step_once(trainer, batches(2, seed=step), 0.5)
    assert len(met) == 10
    assert max(met) <= 0.01 * (1 + 1e-6)


def test_what_a_plugin_froze_of_its_discriminator_stays_frozen(tmp_path: Path) -> None:
    recipe = ToyRecipe()
    assert isinstance(recipe.discriminator, nn.Sequential)
    first, *others = recipe.discriminator
    first.requires_grad_(False)
    trainer = make_trainer(tmp_path, recipe=recipe)
    before = [parameter.clone() for parameter in first.parameters()]
    step_once(trainer, batches(), 0.5)
    assert all(torch.equal(a, b) for a, b in zip(before, first.parameters(), strict=True))
    assert not any(parameter.requires_grad for parameter in first.parameters())
    assert all(parameter.requires_grad for layer in others for parameter in layer.parameters())


def test_the_critic_moves_n_times(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, GameSettings(n_critic=3))
    feed = Feed(trainer.recipe, trainer.settings, ONE, groups=3)
    drawn = feed.take(0)
    feed.close()
    assert len(drawn) == 3
    step_once(trainer, drawn, 0.5)
    assert trainer.players.discriminator is not None
    counts = {
        name: next(iter(player.optimizers[0].state.values()))["step"].item()
        for name, player in (("g", trainer.players.generator), ("d", trainer.players.discriminator))
    }
    assert counts == {"g": 1, "d": 3}


@pytest.mark.parametrize("game", [Game.least_squares, Game.hinge, Game.non_saturating])
def test_ada_takes_a_critic_at_its_border_for_undecided(game: Game) -> None:
    recipe = ToyRecipe()
    settings = GameSettings(game=game, augment=Augment.ada, ada_speed=0.1)
    contest = Contest(settings)
    assert contest.adaptive is not None
    assert settings.border is not None
    undecided = torch.full((4, 1), settings.border) + torch.tensor([0.1, -0.1, 0.1, -0.1]).view(4, 1)
    recipe.judge = lambda *_: Judgement(undecided)  # type: ignore[method-assign]
    (batch,) = batches()
    for step in range(8):
        contest.critic_terms(recipe, nn.Identity(), batch, batch.given, Moment(step, 0.0))
    assert contest.adaptive.probability == 0


@pytest.mark.parametrize("game", [Game.wasserstein, Game.relativistic, Game.relativistic_hinge])
def test_ada_is_refused_where_a_game_has_no_border(game: Game) -> None:
    with pytest.raises(UsageError, match="no border"):
        GameSettings(game=game, augment=Augment.ada, gradient_penalty=10, lazy=1)


@pytest.mark.parametrize("weight", ["r1", "r2", "gradient_penalty"])
def test_a_critic_whose_slope_is_penalised_is_not_compiled(weight: str, tmp_path: Path) -> None:
    for game in (GameSettings(), GameSettings(**{weight: 1.0})):  # type: ignore[arg-type]
        players = make_trainer(tmp_path, game, compile=True).players
        assert players.discriminator is not None
        assert players.generator.network._compiled_call_impl is not None
        assert (players.discriminator.network._compiled_call_impl is None) == game.has_slopes


class HoledRecipe(ToyRecipe):
    """A critic whose word counts in the first rows only, and on the second picture nowhere."""

    def judge(self, discriminator: nn.Module, batch: ToyBatch, image: torch.Tensor) -> Judgement:
        logits = super().judge(discriminator, batch, image).logits
        places = torch.zeros_like(logits, dtype=torch.bool)
        places[:, :, :3] = True
        places[1] = False
        places[0, :, 0, 0] = False  # pictures have unlike many
        return Judgement(logits, places=places)


@pytest.mark.parametrize(
    "game", [GameSettings(gradient_penalty=10.0, lazy=1, r1=1.0), GameSettings(label_flip=0.5)]
)
def test_a_critic_whose_word_counts_at_places_can_be_regularised(game: GameSettings, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, game, recipe=HoledRecipe())
    before = weights_of(trainer.players)
    report = step_once(trainer, batches(), 0.5)
    assert not report.skipped
    assert moved(before, weights_of(trainer.players))


def test_a_picture_is_scored_by_the_places_that_count() -> None:
    logits = torch.tensor([[1.0, 3.0, 100.0], [5.0, 6.0, 7.0]])
    places = torch.tensor([[True, True, False], [False, False, False]])
    assert Judgement(logits, places=places).scores.tolist() == [2, 0]
    assert Judgement(logits[:, :2]).scores.tolist() == [2, 5.5]


class Normalised(ToyRecipe):
    """Both networks have running statistics, which a bad batch spoils without moving any weight."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        super().__init__()
        assert isinstance(self.generator, nn.Sequential)
        assert isinstance(self.discriminator, nn.Sequential)
        self.generator.insert(1, nn.BatchNorm2d(8))
        self.discriminator.insert(1, nn.BatchNorm2d(4))


@pytest.mark.parametrize("augment", [Augment.none, Augment.ada])
def test_a_further_update_that_is_not_finite_does_nothing_at_all(augment: Augment, tmp_path: Path) -> None:
    spoiled, alone = (
        make_trainer(tmp_path, GameSettings(augment=augment, n_critic=n), Normalised()) for n in (2, 1)
    )
    first, further = batches(2)
    step_once(alone, [first], 0.5)
    bad = ToyBatch(further.given * math.nan, further.wanted * math.nan)
    assert not step_once(spoiled, [first, bad], 0.5).skipped
    assert_equal(weights_of(spoiled.players), weights_of(alone.players))
    states = [adaptive.state_dict() for one in (spoiled, alone) if (adaptive := one.rules.contest.adaptive)]
    assert all(str(state) == str(states[0]) for state in states)
