"""What the settings of the game change in the discriminator itself, before its optimiser is made."""

from __future__ import annotations

from torch import nn

from gantool.errors import UsageError
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
