from __future__ import annotations

import torch

from gantool_generate.on_demand import OnDemand
from gantool_generate.sameness import sameness


def pictures(seed: int, contrast: float = 1.0) -> torch.Tensor:
    rng = torch.Generator().manual_seed(seed)
    coarse = torch.rand(32, 1, 7, 7, generator=rng) * contrast
    return torch.nn.functional.interpolate(coarse, scale_factor=4.0)


def test_one_picture_for_all_is_all_the_same() -> None:
    one = pictures(0)[:1].expand(32, -1, -1, -1)
    assert float(sameness(one, pictures(1))) > 0.99


def test_pictures_that_differ_as_real_ones_do_are_left_alone() -> None:
    assert float(sameness(pictures(0), pictures(1))) < 0.1
    assert float(sameness(pictures(0, contrast=2), pictures(1))) == 0


def test_grain_is_no_difference() -> None:
    grain = (torch.rand(32, 1, 28, 28, generator=torch.Generator().manual_seed(2)) > 0.5).float()
    assert float(sameness(grain, pictures(1))) > 0.5


def test_the_slope_drives_pictures_apart() -> None:
    made = pictures(0, contrast=0.3).requires_grad_()
    before = sameness(made, pictures(1))
    (slope,) = torch.autograd.grad(before, made)
    assert float(sameness(made - 10 * slope, pictures(1)).detach()) < float(before.detach())


def test_a_batch_of_one_has_no_pair() -> None:
    made = pictures(0)[:1].requires_grad_()
    found = sameness(made, pictures(1)[:1])
    assert float(found.detach()) == 0
    (slope,) = torch.autograd.grad(found, made)
    assert float(slope.abs().max()) == 0


def test_losses_are_made_when_they_are_asked_for() -> None:
    asked = []

    def make() -> torch.Tensor:
        asked.append(1)
        return torch.ones(())

    losses = OnDemand({"one": make, "other": make})
    assert list(losses) == ["one", "other"]
    assert "one" in losses
    assert "none" not in losses
    assert not asked
    assert float(losses["one"]) == 1
    assert len(asked) == 1
