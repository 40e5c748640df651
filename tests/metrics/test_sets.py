from __future__ import annotations

import math

import pytest
import torch

from gantool.metrics.sets import set_distances


def test_distances_of_gaussians_are_the_formulas() -> None:
    """Fréchet: of means 3 apart and standard deviations 1 and 2 along each of four axes, 9 + 4 (2 - 1)^2."""
    rng = torch.Generator().manual_seed(0)
    real = torch.randn(2000, 4, generator=rng)
    made = 2 * torch.randn(2000, 4, generator=rng) + torch.tensor([3.0, 0.0, 0.0, 0.0])
    found = set_distances(real, made)
    assert found.frechet == pytest.approx(13.0, rel=0.05)
    assert found.kernel > 1
    same = set_distances(real[:1000], real[1000:])
    assert same.frechet < 0.1
    assert abs(same.kernel) < 0.02
    assert set_distances(real, made) == found


def test_sets_that_are_not_numbers_are_not_equal() -> None:
    real = torch.randn(50, 4, generator=torch.Generator().manual_seed(0))
    found = set_distances(real, real.index_fill(0, torch.tensor([3]), math.nan))
    assert math.isnan(found.frechet)
    assert math.isnan(found.kernel)
