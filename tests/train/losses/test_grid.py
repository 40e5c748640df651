from __future__ import annotations

import pytest
import torch

from gantool.train.losses.grid import grid_loss


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
