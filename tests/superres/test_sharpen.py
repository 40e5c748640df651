"""Sharpened targets: edges stronger, flat places and faint grain as they were, inputs untouched."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gantool.errors import UsageError
from gantool.train.config import resolve
from gantool_superres.options import Kind
from gantool_superres.sharpen import THRESHOLD, sharpen
from gantool_superres.train_options import TrainSuperResOptions
from tests.superres.test_recipe import make, photos

__all__ = ["photos"]


def soft_edge() -> torch.Tensor:
    """Return (1, 3, 32, 32): dark to the left, bright to the right, three pixels of transition."""
    ramp = torch.linspace(-16, 15, 32).div(3).add(0.5).clamp(0, 1)
    return ramp.mul(0.5).add(0.25).expand(1, 3, 32, 32).clone()


def test_an_edge_gets_steeper_on_both_sides() -> None:
    before, after = soft_edge(), sharpen(soft_edge(), 4, 0.5)
    assert float(after[..., 13].mean()) < float(before[..., 13].mean())
    assert float(after[..., 18].mean()) > float(before[..., 18].mean())
    assert float(after.min()) >= 0.0
    assert float(after.max()) <= 1.0


def test_flat_places_and_faint_grain_stay() -> None:
    grain = 0.5 + 0.9 * THRESHOLD / 2 * torch.rand(1, 3, 24, 24, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(sharpen(grain, 4, 1.0), grain)
    far = sharpen(soft_edge(), 4, 0.5)[..., :2]
    torch.testing.assert_close(far, soft_edge()[..., :2], atol=2e-3, rtol=0)


def test_zero_is_the_picture_itself() -> None:
    picture = soft_edge()
    assert sharpen(picture, 4, 0.0) is picture


def test_more_is_stronger() -> None:
    spread = [float(sharpen(soft_edge(), 4, amount).std()) for amount in (0.0, 0.3, 0.6)]
    assert spread == sorted(spread)
    assert spread[0] < spread[2]


def test_targets_are_sharpened_and_inputs_are_not(photos: Path) -> None:
    plain, strong = make(photos, Kind.robust), make(photos, Kind.robust, sharpen=1.0)
    one, other = (
        recipe.batch(2, slice(0, 2), torch.Generator().manual_seed(1)) for recipe in (plain, strong)
    )
    assert torch.equal(one.low, other.low)
    assert not torch.equal(one.high, other.high)
    assert all(torch.equal(a.high, b.high) for a, b in zip(plain.held_out, strong.held_out, strict=True))


def test_a_negative_amount_is_refused() -> None:
    with pytest.raises(UsageError, match=r"sharpen = -0\.5 is out of range"):
        resolve(TrainSuperResOptions, [{"sharpen": -0.5}])
