"""From gradients to new weights; or to nothing at all where a gradient is not finite."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from gantool.train.players import Player, Players
from gantool.train.schedule import set_rate
from gantool.train.settings import Settings


def update(
    players: Players, movers: Sequence[Player], settings: Settings, factor: float, observe: bool
) -> tuple[bool, dict[str, Tensor]]:
    """Move `movers` together or, where one's gradient is not finite, none of them.

    Gradients are averaged over processes by now, so that all of them decide alike.

    Returns:
        Whether they moved; gradient norms and, if `observe`, update-to-weight ratios by name.
    """
    norms = {}
    moving = {player.name: _moving(player) for player in movers}
    for player in movers:
        for optimizer in moving[player.name]:
            players.scaler.unscale_(optimizer)
        norms[player.name] = nn.utils.get_total_norm(_gradients(player)).to(players.device)
    finite = bool(torch.isfinite(torch.stack(list(norms.values()))).all())
    signals = {f"grad_norm_{name}": norm for name, norm in norms.items()}
    for player in movers:
        if finite:
            before = _weights(player) if observe else []
            if settings.clip:
                nn.utils.clip_grads_with_norm_(player.parameters(), settings.clip, norms[player.name])
            for optimizer in player.optimizers:
                set_rate(optimizer, player.peak_rate * player.scale * factor)
            for optimizer in moving[player.name]:
                players.scaler.step(optimizer)
            if observe:
                signals[f"update_ratio_{player.name}"] = _ratio(before, _weights(player))
        player.network.zero_grad(set_to_none=True)
    if any(moving.values()):
        players.scaler.update()  # a scaler unscales each optimiser once between two of its updates
    return finite, signals


def _moving(player: Player) -> list[Optimizer]:
    """Return the optimisers that have a gradient at all: a scaler has no word on those of frozen layers."""
    return [optimizer for optimizer in player.optimizers if _has_gradient(optimizer)]


def _has_gradient(optimizer: Optimizer) -> bool:
    groups = optimizer.param_groups
    return any(parameter.grad is not None for group in groups for parameter in group["params"])


def _gradients(player: Player) -> list[Tensor]:
    return [parameter.grad for parameter in player.parameters() if parameter.grad is not None]


def _weights(player: Player) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in player.parameters()]


def _ratio(before: list[Tensor], after: list[Tensor]) -> Tensor:
    """Return the norm of the change over the norm of the weights."""
    change = nn.utils.get_total_norm([new - old for old, new in zip(before, after, strict=True)])
    return change / nn.utils.get_total_norm(before).clamp_min(1e-12)
