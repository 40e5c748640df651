"""What the settings of the game ask of the discriminator, and change in it before its optimiser is made."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import nn

from gantool.errors import UsageError
from gantool.flags import usual
from gantool.task import Recipe
from gantool.train.config import plain
from gantool.train.game import GameSettings
from gantool.train.losses.regularisers import MinibatchStd, clip_weights, unbounded, with_spectral_norm


def equip(critic: nn.Module | None, game: GameSettings) -> None:
    """Give the discriminator the layers and bounds that the game asks for; one that has them stays as it is.

    Raises:
        UsageError: there is no discriminator, none with a minibatch standard deviation, or one with layers
            that spectral norm does not know.
    """
    if critic is None:
        if not (game.spectral_norm or game.minibatch_std):
            return
        asked = "--spectral-norm" if game.spectral_norm else "--minibatch-std"
        raise UsageError(f"{asked} is for a discriminator, and this recipe has none", "leave it out")
    if game.spectral_norm:
        _bound(critic)
    if game.minibatch_std:
        _set_groups(critic, game.minibatch_std)
    if game.clip_weights:  # the trainer does so after each update, and the first step comes before any
        clip_weights(critic, game.clip_weights)


def refuse_unplayed(critic: nn.Module | None, given: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Refuse settings of the game where there is none to play.

    Args:
        critic: the recipe's discriminator.
        given: the run's settings of the game, and `lr_d`.
        own: what the task itself sets of these, which says nothing of what anybody wants.

    Raises:
        UsageError: there is no discriminator, and settings that only it has are not as they are by default.
    """
    unasked = {**plain(GameSettings()), **own}
    asked = [usual(name) for name, value in given.items() if value != unasked[name]]
    if critic is None and asked:
        be = "are" if len(asked) > 1 else "is"
        raise UsageError(
            f"{', '.join(asked)} {be} for a discriminator, and this recipe has none",
            "leave it out, or choose options of the task that bring one",
        )


def check_features(recipe: Recipe, game: GameSettings, batch: int) -> None:
    """Ask the discriminator, once its network is in its place, for the features that are to be matched.

    It is asked on a copy: nothing that a pass changes shall differ from a run that matches none.

    Raises:
        UsageError: it shows none.
    """
    if recipe.discriminator is None or not game.feature_matching:
        return
    critic = deepcopy(recipe.discriminator).eval()
    drawn = recipe.batch(batch, slice(0, batch), torch.Generator().manual_seed(0))
    with torch.no_grad():
        said = recipe.judge(critic, drawn, recipe.real(drawn))
    if not said.features:
        raise UsageError("this discriminator shows no features to match", "leave --feature-matching out")


def _bound(critic: nn.Module) -> None:
    if left := unbounded(with_spectral_norm(critic)):
        raise UsageError(
            f"--spectral-norm: {len(left)} layers of this discriminator cannot have it, such as {left[0]}",
            "leave it out; a bounded slope is also to be had by --gradient-penalty or --clip-weights",
        )


def _set_groups(critic: nn.Module, size: int) -> None:
    layers = [layer for layer in critic.modules() if isinstance(layer, MinibatchStd)]
    if not layers:
        raise UsageError(
            f"--minibatch-std {size}: this discriminator has no such layer",
            "leave it out, or add MinibatchStd",
        )
    for layer in layers:
        layer.group_size = size
