from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim import Adam

from gantool.train.feed import Feed
from gantool.train.loop import Trainer
from gantool.train.muon import SHARE, Muon, orthogonal, split
from gantool.train.processes import Ranks
from gantool.train.settings import Optimiser
from tests.train.test_step import assert_equal, make_trainer, step_once, weights_of
from tests.train.toy import ToyRecipe

ONE = Ranks(0, 1, 0)


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the toy generator one that has a hidden layer."""
    made = ToyRecipe.__init__

    def with_hidden(self: ToyRecipe, gan: bool = True) -> None:
        made(self, gan)
        self.generator = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 20, 3, padding=1), nn.Conv2d(20, 3, 1)
        )

    monkeypatch.setattr(ToyRecipe, "__init__", with_hidden)


def muon_of(trainer: Trainer) -> Muon:
    found = [each for each in trainer.players.generator.optimizers if isinstance(each, Muon)]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("shape", [(16, 144), (144, 16), (32, 32)])
def test_singular_values_come_near_one_and_directions_stay(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    left, values, right = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    matrix = left * torch.logspace(-1, 1, len(values)) @ right
    made = orthogonal(matrix)
    # In the basis of the matrix's own singular vectors only the diagonal is left.
    inside = left.T @ made @ right.T
    diagonal = inside.diagonal()
    assert made.shape == matrix.shape
    assert float((inside - diagonal.diag()).abs().max()) < 1e-3
    assert float(diagonal.min()) > 0.3
    assert float(diagonal.max()) < 1.3
    torch.testing.assert_close(orthogonal(1000 * matrix), made, rtol=1e-3, atol=1e-4)


def test_a_gradient_of_zeros_moves_nothing() -> None:
    layer = nn.Conv2d(16, 16, 3)
    before = layer.weight.detach().clone()
    layer.weight.grad = torch.zeros_like(layer.weight)
    Muon([layer.weight], lr=1.0).step()
    assert torch.equal(layer.weight, before)


def test_an_update_is_as_large_as_one_of_adam_at_the_same_rate() -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(32, 48, 3)
    before = layer.weight.detach().clone()
    layer.weight.grad = torch.randn_like(layer.weight)
    Muon([layer.weight], lr=1e-2).step()
    moved = (layer.weight - before).pow(2).mean().sqrt()
    assert float(moved.detach()) == pytest.approx(SHARE * 1e-2, rel=0.2)


def test_hidden_kernels_are_muons_and_the_rest_adams() -> None:
    layers = (nn.Conv2d(3, 32, 3), nn.Conv2d(32, 16, 1), nn.BatchNorm2d(16), nn.Conv2d(16, 3, 3))
    network = nn.Sequential(*layers)
    kernels, others = split(network)
    assert [tuple(each.shape) for each in kernels] == [(16, 32, 1, 1)]
    assert len(kernels) + len(others) == len(list(network.parameters()))


def test_embeddings_are_adams() -> None:
    network = nn.Sequential(nn.Embedding(1000, 64), nn.Linear(64, 32))
    kernels, others = split(network)
    assert [tuple(each.shape) for each in kernels] == [(32, 64)]
    assert [tuple(each.shape) for each in others] == [(1000, 64), (32,)]


@pytest.mark.usefixtures("wide")
def test_the_discriminator_stays_with_adam(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, optimizer=Optimiser.muon)
    assert trainer.players.discriminator is not None
    assert [type(each) for each in trainer.players.generator.optimizers] == [Adam, Muon]
    assert [type(each) for each in trainer.players.discriminator.optimizers] == [Adam]


@pytest.mark.usefixtures("wide")
def test_both_parts_of_the_generator_move_at_the_schedules_rate(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, optimizer=Optimiser.muon, lr=1e-3)
    before = weights_of(trainer.players)
    feed = Feed(trainer.recipe, trainer.settings, ONE)
    step_once(trainer, feed.take(0), 0.5)
    feed.close()
    after = weights_of(trainer.players)
    assert all(not torch.equal(a, b) for a, b in zip(before, after, strict=True) if a.dim() == 4)
    rates = {group["lr"] for each in trainer.players.generator.optimizers for group in each.param_groups}
    assert len(rates) == 1
    assert 0.0 < rates.pop() < 1e-3


@pytest.mark.usefixtures("wide")
def test_resumed_equals_uninterrupted(tmp_path: Path) -> None:
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    whole = make_trainer(tmp_path / "whole", optimizer=Optimiser.muon)
    assert whole.run()
    cut = make_trainer(tmp_path / "cut", optimizer=Optimiser.muon)
    feed = Feed(cut.recipe, cut.settings, ONE)
    for step in range(3):
        step_once(cut, feed.take(step), step / 8)
        cut.position.step = step + 1
    cut._save()
    feed.close()
    again = make_trainer(tmp_path / "cut", optimizer=Optimiser.muon)
    again.resume()
    assert muon_of(again).state_dict()["state"]
    assert again.run()
    assert_equal(weights_of(whole.players), weights_of(again.players))
