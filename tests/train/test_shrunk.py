"""Patches are cut out of squares of twice their side, or those shrunk to half."""

from __future__ import annotations

import pytest
import torch

from gantool.train.shrunk import cut_or_shrunk


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@pytest.mark.parametrize(("share", "deviation"), [(0.0, 0.28), (1.0, 0.2)])
def test_patches_are_cut_out_or_shrunk(share: float, deviation: float) -> None:
    large = torch.rand(6, 3, 64, 64, generator=seeded())
    small = cut_or_shrunk(large, seeded(), share)
    assert small.shape == (6, 3, 32, 32)
    if share:
        assert small.std() < deviation
    else:
        assert small.std() > deviation
        assert all((large[i, 0] == small[i, 0, 0, 0]).any() for i in range(6))
