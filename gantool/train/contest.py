"""What the adversarial game adds to both players' losses, and what it shows of how the game stands."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gantool.task import Batch, Judgement, Recipe
from gantool.train.game import Augment, GameSettings
from gantool.train.losses.adversarial import Labels, discriminator_loss, generator_loss
from gantool.train.losses.augment import AdaptiveProbability, adaptive_augment, diff_augment
from gantool.train.losses.regularisers import (
    clip_weights,
    feature_matching,
    gradient_penalty,
    instance_noise,
    slope_penalty,
)
from gantool.train.terms import Term


@dataclass(frozen=True)
class Moment:
    """The step at hand, and the part of the budget that is spent; `observe` where a log line is due."""

    step: int
    progress: float
    observe: bool = False


class Contest:
    """The game by its settings. `adaptive` is ADA's controller, None without it."""

    def __init__(self, game: GameSettings) -> None:
        self.game = game
        self.term = Term(game.adversarial, game.adversarial_start, game.adversarial_ramp)
        self.labels = Labels(game.label_smoothing, game.label_flip)
        ada = game.augment is Augment.ada
        self.adaptive = AdaptiveProbability(game.ada_target, game.ada_speed) if ada else None

    @property
    def terms(self) -> tuple[Term, ...]:
        """Return what the generator learns from the critic, and when."""
        return self.term, Term(self.game.feature_matching)

    def generator_terms(
        self, recipe: Recipe, critic: nn.Module, batch: Batch, fake: Tensor, moment: Moment
    ) -> dict[str, Tensor]:
        """Return the generator's adversarial and feature losses; the critic is frozen."""
        game, factor = self.game, self.term.factor(moment.step)
        if not (factor or game.feature_matching):
            return {}
        said = recipe.judge(critic, batch, self._seen(fake, moment))
        real, terms = None, {}
        if (factor and game.is_relative) or game.feature_matching:
            with torch.no_grad():
                real = recipe.judge(critic, batch, self._seen(recipe.real(batch), moment))
        if factor:
            logits = real.counted if real and game.is_relative else None
            terms["gan"] = factor * generator_loss(game.game, said.counted, logits)
        if real and game.feature_matching:
            distance = feature_matching(said.features, real.features)
            terms["feature_matching"] = game.feature_matching * distance
        return terms

    def critic_terms(
        self, recipe: Recipe, critic: nn.Module, batch: Batch, fake: Tensor, moment: Moment
    ) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return the critic's losses, and its mean logits and how often it is right. `fake` is detached."""
        said = recipe.judge(critic, batch, self._seen(recipe.real(batch), moment))
        real, made = said.counted, recipe.judge(critic, batch, self._seen(fake, moment)).counted
        terms = {"d": discriminator_loss(self.game.game, real, made, self.labels, said.places)}
        if self.adaptive and self.game.border is not None:
            self.adaptive.update(real.detach() - self.game.border)
            self.adaptive.step(len(fake))
        return terms | self._penalties(recipe, critic, batch, fake, moment), self._signals(real, made)

    def after_update(self, critic: nn.Module) -> None:
        """Bound the critic's weights again, if the game says so, before anyone meets it."""
        if self.game.clip_weights:
            clip_weights(critic, self.game.clip_weights)

    def _penalties(
        self, recipe: Recipe, critic: nn.Module, batch: Batch, fake: Tensor, moment: Moment
    ) -> dict[str, Tensor]:
        """Return the gradient penalties of this step, in float32: a slope in bf16 is mostly rounding."""
        game = self.game
        if moment.step % game.lazy:
            return {}
        terms: dict[str, Tensor] = {}
        with torch.autocast(fake.device.type, enabled=False):

            def judge(image: Tensor) -> Judgement:
                return recipe.judge(critic, batch, self._seen(image, moment))

            real, made = recipe.real(batch).float(), fake.float()
            for name, weight, image in (("r1", game.r1, real), ("r2", game.r2, made)):
                if weight:
                    looked_at = image.detach().requires_grad_()
                    terms[name] = weight * game.lazy * slope_penalty(judge(looked_at).counted, looked_at)
            if game.gradient_penalty:
                penalty = gradient_penalty(lambda image: judge(image).scores, real, made)
                terms["gradient_penalty"] = game.gradient_penalty * game.lazy * penalty
        return terms

    def _seen(self, image: Tensor, moment: Moment) -> Tensor:
        """Return the picture as the critic gets it: the same for both players and for real and made."""
        game = self.game
        if game.augment is Augment.diff:
            image = diff_augment(image)
        elif self.adaptive:
            image = adaptive_augment(image, self.adaptive.probability)
        sigma = game.instance_noise * (1 - moment.progress)
        return instance_noise(image, sigma) if sigma else image

    def _signals(self, real: Tensor, made: Tensor) -> dict[str, Tensor]:
        real, made = real.detach().float(), made.detach().float()
        border = self.game.border  # without one, each side is judged against the other's mean
        return {
            "logits_real": real.mean(),
            "logits_fake": made.mean(),
            "accuracy_real": (real > (made.mean() if border is None else border)).float().mean(),
            "accuracy_fake": (made < (real.mean() if border is None else border)).float().mean(),
        }
