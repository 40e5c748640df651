"""The game in the train step: every loss and regulariser moves both players, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from gantool.errors import PluginError, UsageError
from gantool.task import Judgement
from gantool.train.contest import Moment
from gantool.train.game import Augment, Game, GameSettings
from gantool.train.loop import Trainer
from gantool.train.settings import Amp, Settings
from gantool.train.terms import Term
from tests.train.test_step import ONE, QUIET, make_trainer, step_once, weights_of
from tests.train.toy import ToyBatch, ToyRecipe, make_rules

BOUNDED = {"gradient_penalty": 10.0, "lazy": 1}


def batches(count: int = 1, seed: int = 3) -> list[ToyBatch]:
    rng = torch.Generator().manual_seed(seed)
    return [ToyRecipe().batch(4, slice(0, 4), rng) for _ in range(count)]


def moved(before: list[torch.Tensor], after: list[torch.Tensor]) -> bool:
    return all(not torch.equal(a, b) for a, b in zip(before, after, strict=True) if a.dim() == 4)


@pytest.mark.parametrize("game", Game)
def test_every_game_moves_both_players(game: Game, tmp_path: Path) -> None:
    bounded = BOUNDED if game is Game.wasserstein else {}
    trainer = make_trainer(tmp_path, GameSettings(game=game, **bounded))  # type: ignore[arg-type]
    before = weights_of(trainer.players)
    report = step_once(trainer, batches(), 0.5)
    assert not report.skipped
    assert all(torch.isfinite(value) for value in (*report.terms.values(), *report.signals.values()))
    assert moved(before, weights_of(trainer.players))


def test_feature_matching_is_a_term_of_the_generator(tmp_path: Path) -> None:
    report = step_once(make_trainer(tmp_path, GameSettings(feature_matching=1.0)), batches(), 0.5)
    assert float(report.terms["feature_matching"]) > 0


def test_features_are_matched_without_the_adversarial_loss_and_before_it(tmp_path: Path) -> None:
    for game in (
        GameSettings(feature_matching=1.0, adversarial=0.0),
        GameSettings(Game.relativistic, feature_matching=1.0, adversarial_start=5),
    ):
        report = step_once(make_trainer(tmp_path, game), batches(), 0.5)
        assert set(report.terms) == {"l2", "feature_matching", "d"}
        make_rules(Settings(steps=4), game, {}).check_start(has_critic=True)


def test_a_discriminator_without_features_to_match_is_refused_before_the_first_step(tmp_path: Path) -> None:
    class Plain(ToyRecipe):
        def judge(self, discriminator: nn.Module, batch: ToyBatch, image: torch.Tensor) -> Judgement:
            return Judgement(discriminator(image))

    with pytest.raises(UsageError, match="no features to match; leave --feature-matching out"):
        make_trainer(tmp_path, GameSettings(feature_matching=1.0), Plain())


def test_to_ask_for_features_changes_nothing(tmp_path: Path) -> None:
    recipe = ToyRecipe()
    recipe.discriminator = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 1, 3))
    before = {name: value.clone() for name, value in recipe.discriminator.state_dict().items()}
    make_trainer(tmp_path, GameSettings(feature_matching=1.0, spectral_norm=False), recipe)
    after = recipe.discriminator.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
    assert recipe.discriminator.training


def test_the_adversarial_term_waits_for_its_start(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, GameSettings(adversarial_start=5))
    assert set(step_once(trainer, batches(), 0.5).terms) == {"l2", "d"}
    trainer.position.step = 5
    assert set(step_once(trainer, batches(), 0.5).terms) == {"l2", "gan", "d"}


@pytest.mark.parametrize(
    "game",
    [
        GameSettings(augment=Augment.diff),
        GameSettings(augment=Augment.ada, ada_speed=0.01),
        GameSettings(instance_noise=0.1, label_flip=0.2, label_smoothing=0.1),
        GameSettings(game=Game.relativistic, n_critic=2, r1=1.0, lazy=3, feature_matching=0.1),
        GameSettings(game=Game.wasserstein, n_critic=2, gradient_penalty=10, lazy=1),
        GameSettings(game=Game.wasserstein, n_critic=2, clip_weights=0.02),
        GameSettings(game=Game.hinge, spectral_norm=True),
    ],
)
def test_every_feature_resumes_exactly(game: GameSettings, tmp_path: Path) -> None:
    whole = make_trainer(tmp_path / "whole", game)
    (tmp_path / "whole").mkdir()
    whole.run()
    (tmp_path / "cut").mkdir()
    first = make_trainer(tmp_path / "cut", game)
    first.run()
    (tmp_path / "cut" / "checkpoints" / "step-00000008.safetensors").unlink()
    second = make_trainer(tmp_path / "cut", game)
    second.resume()
    assert second.position.step == 4
    second.run()
    for a, b in zip(weights_of(whole.players), weights_of(second.players), strict=True):
        assert torch.equal(a, b)


def test_a_bad_batch_moves_nobody(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    before = weights_of(trainer.players)
    (batch,) = batches()
    batch.given[0, 0, 0, 0] = float("nan")
    report = step_once(trainer, [batch], 0.5)
    assert report.skipped
    assert all(torch.equal(a, b) for a, b in zip(before, weights_of(trainer.players), strict=True))
    assert not step_once(trainer, batches(), 0.5).skipped


def test_what_is_frozen_stays_for_its_steps(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, freeze="0.*", freeze_steps=2)
    start = [p.clone() for p in trainer.players.generator.parameters()]
    same = []
    for step in range(3):
        trainer.position.step = step
        step_once(trainer, batches(), 0.5)
        now = trainer.players.generator.parameters()
        same.append([torch.equal(a, b) for a, b in zip(start, now, strict=True)])
    assert same == [[True, True, False, False], [True, True, False, False], [False] * 4]


def test_a_pattern_that_freezes_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="matches no parameter"):
        make_trainer(tmp_path, freeze="head.*", freeze_steps=2)


def test_own_losses_are_weighed_and_must_be_returned(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    (batch,) = batches()
    fake = trainer.recipe.fake(trainer.players.generator.network, batch)
    criteria = make_rules(trainer.settings, terms={"brightness": Term(2.0)}).criteria
    weighed = criteria(trainer.recipe, batch, fake, trainer.players.generator.network, 0)
    own = trainer.recipe.own_losses(batch, fake, trainer.players.generator.network)
    torch.testing.assert_close(weighed["brightness"], 2 * own["brightness"])
    trainer.recipe.own_losses = lambda *_: {}  # type: ignore[method-assign]
    with pytest.raises(PluginError, match="does not return"):
        criteria(trainer.recipe, batch, fake, trainer.players.generator.network, 0)


def test_observed_steps_show_the_signals_of_health(tmp_path: Path) -> None:
    trainer: Trainer = make_trainer(tmp_path)
    report = step_once(trainer, batches(), 0.5)
    assert set(report.signals) == {
        *("logits_real", "logits_fake", "accuracy_real", "accuracy_fake", "grad_norm_g", "grad_norm_d"),
        *("update_ratio_g", "update_ratio_d", "spread_fake", "spread_real"),
    }
    assert Moment(0, 0.0).observe is False


def test_a_generator_without_a_loss_at_the_first_step_is_refused(tmp_path: Path) -> None:
    settings, game = Settings(steps=4), GameSettings(adversarial_start=2)
    late = make_rules(settings, game, {"l1": Term(1.0, start=1), "l2": Term(0.0)})
    with pytest.raises(UsageError, match="weigh 0 or start later"):
        Trainer(ToyRecipe(), late, tmp_path, torch.device("cpu"), ONE, QUIET)
    make_rules(settings, GameSettings(), late.criteria.terms).check_start(has_critic=True)
    with pytest.raises(UsageError, match="weigh 0 or start later"):
        make_rules(settings, GameSettings(), late.criteria.terms).check_start(has_critic=False)
    make_rules(settings, game, {"l1": Term(1.0, ramp=9)}).check_start(has_critic=False)


def test_gradients_are_derived_outside_of_autocast(tmp_path: Path) -> None:
    seen: list[bool] = []
    trainer = make_trainer(tmp_path, amp=Amp.bf16)
    assert trainer.players.discriminator is not None
    for player in (trainer.players.generator, trainer.players.discriminator):
        weight = next(iter(player.network.parameters()))
        weight.register_hook(lambda _: seen.append(torch.is_autocast_enabled("cpu")))
    step_once(trainer, batches(), 0.5)
    assert seen == [False, False]
