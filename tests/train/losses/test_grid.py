from __future__ import annotations

import pytest
import torch

from gantool.train.losses.grid import grid_loss, weave_loss


@pytest.mark.parametrize("period", [2, 3, 4])
def test_a_pattern_of_the_period_counts_with_its_strength(period: int) -> None:
    pattern = torch.zeros(period, period)
    pattern[0, 0] = 0.1
    tiled = pattern.repeat(20, 20).expand(2, 3, -1, -1)
    area = period**2
    expected = 0.1 * 2 * (area - 1) / area**2  # One place stands out; from all, the mean is taken off.
    assert float(grid_loss(tiled, period)) == pytest.approx(expected, rel=1e-5)


def test_what_is_flat_or_repeats_otherwise_hardly_counts() -> None:
    assert float(grid_loss(torch.full((1, 3, 64, 64), 0.3), 4)) == pytest.approx(0, abs=1e-6)
    noise = 0.1 * torch.randn(1, 3, 112, 112, generator=torch.Generator().manual_seed(0))
    assert float(grid_loss(noise, 4)) < 0.015


def test_sides_that_are_no_multiple_and_small_pictures_work() -> None:
    difference = torch.rand(1, 3, 17, 10, requires_grad=True)
    grid_loss(difference, 3).backward()  # type: ignore[no-untyped-call]
    assert difference.grad is not None


def _noise(seed: int) -> torch.Tensor:
    return 0.5 + 0.05 * torch.randn(2, 3, 112, 112, generator=torch.Generator().manual_seed(seed))


def test_a_pattern_whose_sign_changes_is_a_weave_and_hardly_a_grid() -> None:
    place = torch.zeros(4, 4)
    place[1, 2] = 0.1
    signs = torch.randint(2, (28, 28), generator=torch.Generator().manual_seed(0)) * 2.0 - 1
    pattern = torch.kron(signs, place).expand(2, 3, -1, -1)
    truth = _noise(1)
    assert float(weave_loss(truth + pattern, truth, 4)) > 0.2
    assert float(grid_loss(pattern, 4)) < 0.002


def test_detail_is_no_weave_however_strong() -> None:
    truth = _noise(1)
    assert float(weave_loss(truth, truth, 4)) == 0
    assert float(weave_loss(_noise(2), truth, 4)) < 0.01
    assert float(weave_loss(0.5 + 3 * (_noise(2) - 0.5), truth, 4)) < 0.03
    assert float(weave_loss(torch.full_like(truth, 0.5), truth, 4)) == 0


def test_a_weave_is_unlearned() -> None:
    truth = _noise(1)[..., :50, :43]
    fake = (truth + torch.eye(43).repeat(2, 1)[:50] * 0.2).requires_grad_()
    weave_loss(fake, truth, 4).backward()  # type: ignore[no-untyped-call]
    assert fake.grad is not None
    moved = (fake - fake.grad).detach()
    assert float(weave_loss(moved, truth, 4)) < float(weave_loss(fake.detach(), truth, 4))
