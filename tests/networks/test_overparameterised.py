from __future__ import annotations

import torch
from torch import nn

from gantool.networks.overparameterised import OverParameterised, fold_all


def make(inputs: int = 3, outputs: int = 5, seed: int = 0) -> OverParameterised:
    torch.manual_seed(seed)
    return OverParameterised(inputs, outputs)


def test_folding_and_unfolding_compute_the_same() -> None:
    image, source, target = torch.rand(1, 3, 7, 7), make(seed=1), make(seed=2)
    plain = source.fold()
    torch.testing.assert_close(plain(image), source(image), atol=1e-6, rtol=1e-5)
    target.unfold(plain.weight, plain.bias)
    torch.testing.assert_close(target(image), source(image), atol=1e-6, rtol=1e-5)


def test_the_surplus_learns_after_unfolding() -> None:
    module = make()
    module.unfold(torch.zeros(5, 3, 3, 3), torch.zeros(5))
    assert not module(torch.rand(1, 3, 7, 7)).any()
    module(torch.rand(1, 3, 7, 7)).square().sum().backward()
    module.zero_grad()
    module(torch.rand(1, 3, 7, 7)).sum().backward()
    assert module.project.grad is not None
    assert module.project.grad.abs().sum() > 0


def test_plain_layers_are_taken_over_when_all_is_folded() -> None:
    trained = nn.Sequential(make(), nn.Conv2d(5, 2, 1))
    plain = nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), nn.Conv2d(5, 2, 1))
    fold_all(trained, plain)
    image = torch.rand(1, 3, 7, 7)
    torch.testing.assert_close(plain(image), trained(image), atol=1e-6, rtol=1e-5)
