"""One training step, top to bottom on one screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from gantool.task import Batch, Recipe
from gantool.train.players import Player, Players
from gantool.train.schedule import rate_factor, set_rate
from gantool.train.settings import Settings

Terms = Mapping[str, Tensor]


def train_step(
    recipe: Recipe, players: Players, settings: Settings, batches: Sequence[Batch], progress: float
) -> Terms:
    """Update generator, then discriminator, then the average; return the last loss terms, detached.

    `batches` are summed into one update (gradient accumulation).
    """
    device = next(players.generator.network.parameters()).device
    factor = rate_factor(progress, settings.warmup, settings.lr_end)
    autocast = torch.autocast(device.type, players.dtype, enabled=players.dtype is not torch.float32)
    critic = players.discriminator
    last, fakes = len(batches) - 1, []
    terms: dict[str, Tensor] = {}

    if critic:
        critic.network.requires_grad_(False)
    for index, batch in enumerate(batches):
        with autocast, _reduce(players.generator, index == last):
            fake = recipe.fake(players.generator.wrapped, batch)
            losses = recipe.generator_losses(batch, fake, critic.network if critic else None)
            _backward(players.scaler.scale(_sum(losses) / len(batches)))
        fakes.append(fake.detach())
        terms |= losses
    _update(players.generator, players, settings, factor)

    if critic:
        critic.network.requires_grad_(True)
        for index, (batch, fake) in enumerate(zip(batches, fakes, strict=True)):
            with autocast, _reduce(critic, index == last):
                losses = recipe.discriminator_losses(batch, fake, critic.wrapped)
                _backward(players.scaler.scale(_sum(losses) / len(batches)))
            terms |= losses
        _update(critic, players, settings, factor)

    players.scaler.update()
    players.ema.update_parameters(players.generator.network)
    return {name: term.detach() for name, term in terms.items()}


def _sum(losses: Terms) -> Tensor:
    return torch.stack([term.float() for term in losses.values()]).sum()


def _backward(loss: Tensor) -> None:
    loss.backward()  # type: ignore[no-untyped-call]


def _reduce(player: Player, last: bool) -> AbstractContextManager[None]:
    """Average gradients over processes only with the last of the accumulated passes."""
    wrapped = player.wrapped
    if last or not isinstance(wrapped, nn.parallel.DistributedDataParallel):
        return nullcontext()
    return wrapped.no_sync()


def _update(player: Player, players: Players, settings: Settings, factor: float) -> None:
    set_rate(player.optimizer, player.peak_rate * factor)
    if settings.clip:
        players.scaler.unscale_(player.optimizer)
        nn.utils.clip_grad_norm_(player.network.parameters(), settings.clip)
    players.scaler.step(player.optimizer)
    player.optimizer.zero_grad(set_to_none=True)
