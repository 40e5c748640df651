"""Batches of the recipe: seeded, degraded, and the same however many processes share them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gantool.task import TrainInputs
from gantool_superres.options import Kind
from gantool_superres.recipe import SuperResRecipe
from gantool_superres.train_options import TrainSuperResOptions, smallest_side


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    for index in range(4):
        noise = Image.fromarray(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8))
        noise.resize((64, 64), Image.Resampling.BICUBIC).save(folder / f"{index}.png")
    return folder


def make(photos: Path, kind: Kind, sharpen: float = 0.0, reduced: float = 0.0) -> SuperResRecipe:
    inputs = TrainInputs(data=photos, val=None, device=torch.device("cpu"), seed=0, memory=1 << 30)
    options = TrainSuperResOptions(scale=2, kind=kind, patch=16, sharpen=sharpen, reduced=reduced)
    return SuperResRecipe(options, inputs)


@pytest.mark.parametrize(
    ("kind", "reduced"), [(Kind.fidelity, 0.0), (Kind.fidelity, 0.5), (Kind.robust, 0.0)]
)
def test_processes_draw_their_parts_of_one_batch(photos: Path, kind: Kind, reduced: float) -> None:
    recipe = make(photos, kind, reduced=reduced)
    parts = (slice(0, 4), slice(0, 2), slice(2, 4))
    whole, first, second = (recipe.batch(4, part, torch.Generator().manual_seed(1)) for part in parts)
    assert whole.low.shape == (4, 3, 16, 16)
    assert whole.high.shape == (4, 3, 32, 32)
    assert torch.equal(whole.low, torch.cat((first.low, second.low)))
    assert torch.equal(whole.high, torch.cat((first.high, second.high)))
    assert len({sample.sum().item() for sample in whole.low}) == 4


def test_shrunk_patches_are_whole_pictures_at_half_their_size(photos: Path) -> None:
    pair = make(photos, Kind.fidelity, reduced=1.0).batch(2, slice(0, 2), torch.Generator().manual_seed(1))
    assert pair.high.shape == (2, 3, 32, 32)
    torch.testing.assert_close(pair.high * 255, (pair.high * 255).round(), atol=1e-4, rtol=0)
    halves = [
        np.asarray(Image.open(photos / f"{index}.png").resize((32, 32), Image.Resampling.BICUBIC))
        for index in range(4)
    ]
    for patch in pair.high.mul(255).permute(0, 2, 3, 1).numpy():
        turned = [np.rot90(half, turns) for half in halves for turns in range(4)]
        closest = min(np.abs(patch - way).max() for half in turned for way in (half, half[:, ::-1]))
        assert closest <= 1.01


def test_pictures_that_cannot_be_shrunk_to_a_patch_are_too_small() -> None:
    assert smallest_side(TrainSuperResOptions(scale=3, patch=40)) == 120
    assert smallest_side(TrainSuperResOptions(scale=3, patch=40, reduced=0.1)) == 240
