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
from gantool_superres.train_options import TrainSuperResOptions


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    for index in range(4):
        noise = Image.fromarray(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8))
        noise.resize((64, 64), Image.Resampling.BICUBIC).save(folder / f"{index}.png")
    return folder


def make(photos: Path, kind: Kind, sharpen: float = 0.0) -> SuperResRecipe:
    inputs = TrainInputs(data=photos, val=None, device=torch.device("cpu"), seed=0, memory=1 << 30)
    return SuperResRecipe(TrainSuperResOptions(scale=2, kind=kind, patch=16, sharpen=sharpen), inputs)


@pytest.mark.parametrize("kind", [Kind.fidelity, Kind.robust])
def test_processes_draw_their_parts_of_one_batch(photos: Path, kind: Kind) -> None:
    recipe = make(photos, kind)
    parts = (slice(0, 4), slice(0, 2), slice(2, 4))
    whole, first, second = (recipe.batch(4, part, torch.Generator().manual_seed(1)) for part in parts)
    assert whole.low.shape == (4, 3, 16, 16)
    assert whole.high.shape == (4, 3, 32, 32)
    assert torch.equal(whole.low, torch.cat((first.low, second.low)))
    assert torch.equal(whole.high, torch.cat((first.high, second.high)))
    assert len({sample.sum().item() for sample in whole.low}) == 4
