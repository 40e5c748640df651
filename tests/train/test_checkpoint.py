"""What a checkpoint gives back to the optimisers, beside the figures: the layout that fused ones rely on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from gantool.train.players import Player
from gantool.train.settings import Optimiser
from tests.train.test_step import make_trainer
from tests.train.toy import ToyRecipe


def moments_of(player: Player) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return each parameter of an optimiser beside each state tensor of its shape."""
    states = [item for optimizer in player.optimizers for item in optimizer.state.items()]
    return [(p, value) for p, state in states for value in state.values() if value.shape == p.shape]


@pytest.mark.parametrize("optimizer", Optimiser)
def test_moments_keep_the_strides_of_their_parameters(optimizer: Optimiser, tmp_path: Path) -> None:
    def wide() -> ToyRecipe:
        recipe = ToyRecipe()
        recipe.generator = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.Conv2d(16, 16, 3, padding=1))
        recipe.generator.append(nn.Conv2d(16, 3, 3, padding=1))
        return recipe

    make_trainer(tmp_path, recipe=wide(), optimizer=optimizer).run()
    again = make_trainer(tmp_path, recipe=wide(), optimizer=optimizer)
    again.resume()
    assert again.players.discriminator is not None
    moments = [*moments_of(again.players.generator), *moments_of(again.players.discriminator)]
    assert any(not parameter.is_contiguous() for parameter, _ in moments)
    assert all(value.stride() == parameter.stride() for parameter, value in moments)
    averages = zip(again.players.ema.module.parameters(), again.players.generator.parameters(), strict=True)
    assert all(average.stride() == parameter.stride() for average, parameter in averages)
