"""What a forward pass changes before anyone knows whether its gradients are of use."""

from __future__ import annotations

import torch
from torch import Tensor

from gantool.train.contest import Contest
from gantool.train.players import Players


class Undo:
    """Copies of both networks' buffers (running statistics and the like) and of ADA's controller.

    A batch that is not finite would spoil them for good, though no weight moves.
    """

    def __init__(self, players: Players, contest: Contest) -> None:
        self._buffers = _buffers(players)
        self._copies = [buffer.clone() for buffer in self._buffers]
        self._adaptive = contest.adaptive
        self._state = contest.adaptive.state_dict() if contest.adaptive else {}

    @torch.no_grad()
    def go_back(self) -> None:
        """Make everything as it was."""
        for buffer, copy in zip(self._buffers, self._copies, strict=True):
            buffer.copy_(copy)
        if self._adaptive:
            self._adaptive.load_state_dict(self._state)


def _buffers(players: Players) -> list[Tensor]:
    both = (players.generator, players.discriminator)
    return [buffer for player in both if player for buffer in player.network.buffers()]
