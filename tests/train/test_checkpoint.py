"""What a checkpoint gives back to the optimisers, beside the figures: the layout that fused ones rely on."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gantool.errors import TrainError
from gantool.train.checkpoint import drop_later, list_checkpoints
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


def test_a_file_that_is_no_checkpoint_is_passed_over(tmp_path: Path) -> None:
    make_trainer(tmp_path).run()
    save_file({"weight": torch.zeros(1)}, list_checkpoints(tmp_path / "checkpoints")[-1])
    again = make_trainer(tmp_path)
    again.resume()
    assert again.position.step == 4
    assert again.run()


def test_a_copy_beside_the_checkpoints_is_left_alone_and_steps_are_numbers(tmp_path: Path) -> None:
    steps = ("00000005", "99999999", "100000000")
    own = [tmp_path / f"step-{step}.safetensors" for step in steps]
    copy = tmp_path / "step-00000005 (copy).safetensors"
    for path in (*own, copy):
        path.touch()
    assert list_checkpoints(tmp_path) == own
    drop_later(tmp_path, 4)
    assert list(tmp_path.iterdir()) == [copy]


def test_a_checkpoint_of_another_network_is_a_line(tmp_path: Path) -> None:
    make_trainer(tmp_path).run()
    recipe = ToyRecipe()
    recipe.generator = nn.Conv2d(3, 3, 5, padding=2)
    with pytest.raises(TrainError, match=r"is not of these networks.*start the run anew"):
        make_trainer(tmp_path, recipe=recipe).resume()
