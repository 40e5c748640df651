from __future__ import annotations

import numpy as np
import pytest
import torch

from gantool_inpaint.masks import Shape, seeded_mask
from gantool_inpaint.mixture import HABITS, holes, random_mask


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize(("least", "most"), [(0.01, 0.1), (0.2, 0.3)])
def test_a_seed_stands_for_a_mask_with_its_share(shape: Shape, least: float, most: float) -> None:
    mask = seeded_mask(shape, 128, 5, least, most)
    assert mask.shape == (128, 128)
    assert mask.dtype == np.bool_
    assert least <= mask.mean() <= most
    assert np.array_equal(mask, seeded_mask(shape, 128, 5, least, most))
    assert not np.array_equal(mask, seeded_mask(shape, 128, 6, least, most))


def deepest(mask: np.ndarray) -> int:
    """Return how often a mask can be eroded by a pixel until nothing is left."""
    inside, count = torch.from_numpy(mask).float()[None, None], 0
    while inside.any():
        inside, count = -torch.nn.functional.max_pool2d(-inside, 3, 1, 1), count + 1
    return count


def test_scratches_are_thin_and_things_are_not() -> None:
    thin, thick = (
        [deepest(seeded_mask(shape, 128, seed, 0.02, 0.06)) for seed in range(4)]
        for shape in (Shape.scratches, Shape.blobs)
    )
    assert max(thin) <= 5 < min(thick)


def test_an_impossible_share_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="boxes"):
        seeded_mask(Shape.boxes, 32, 0, 0.5, 0.5001)


def test_training_holes_are_seeded_and_of_all_sizes() -> None:
    first, again = (holes(12, 64, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(first, again)
    assert first.shape == (12, 1, 64, 64)
    assert set(first.unique().tolist()) == {0.0, 1.0}
    shares = first.mean((1, 2, 3))
    assert shares.min() >= 0.02
    assert shares.max() <= 0.65
    assert shares.std() > 0.05


def test_a_patch_is_a_window_of_something_larger() -> None:
    small, large = random_mask(64, 3), random_mask(320, 3)
    assert small.shape == (64, 64)
    assert large.shape == (320, 320)
    assert sum(habit.chance for habit in HABITS) == pytest.approx(1)
