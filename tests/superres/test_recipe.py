"""Batches of the recipe: seeded, degraded, and the same however many processes share them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gantool.errors import TrainError
from gantool.networks.overparameterised import OverParameterised
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


def make(photos: Path, kind: Kind, sharpen: float = 0.0, val: Path | None = None) -> SuperResRecipe:
    inputs = TrainInputs(data=photos, val=val, device=torch.device("cpu"), seed=0, memory=1 << 30)
    return SuperResRecipe(TrainSuperResOptions(scale=2, kind=kind, patch=16, sharpen=sharpen), inputs)


def test_without_surplus_a_run_goes_on_from_the_same_weights_in_plain_kernels(photos: Path) -> None:
    inputs = TrainInputs(data=photos, val=None, device=torch.device("cpu"), seed=0, memory=1 << 30)
    rich, plain = (
        SuperResRecipe(TrainSuperResOptions(scale=2, patch=16, surplus=surplus), inputs)
        for surplus in (True, False)
    )
    exported = rich.export(rich.generator)
    assert plain.initialise(exported.tensors) == ()
    assert not any(isinstance(layer, OverParameterised) for layer in plain.generator.modules())
    again = plain.export(plain.generator)
    assert again.config == exported.config
    assert again.tensors.keys() == exported.tensors.keys()
    assert all(torch.equal(again.tensors[name], tensor) for name, tensor in exported.tensors.items())


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


@pytest.mark.parametrize(("kind", "least"), [(Kind.fidelity, 8), (Kind.robust, 16)])
def test_a_validation_picture_is_measured_down_to_the_least_side_or_refused(
    photos: Path, tmp_path: Path, kind: Kind, least: int
) -> None:
    Image.new("RGB", (200, least)).save(tmp_path / "a.png")
    recipe = make(photos, kind, val=tmp_path)
    with torch.no_grad():
        assert recipe.validate(recipe.generator).figures["psnr_y"] > 0
    Image.new("RGB", (200, least - 1)).save(tmp_path / "a.png")
    with pytest.raises(TrainError, match=rf"200 x {least - 1} pixels.*{least} or more"):
        make(photos, kind, val=tmp_path)


def test_a_small_picture_among_good_ones_is_not_validated_on(photos: Path, tmp_path: Path) -> None:
    for file in photos.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (held_out,) = make(tmp_path, Kind.fidelity).split.val
    Image.new("RGB", (16, 4)).save(tmp_path / held_out.name)
    (other,) = make(tmp_path, Kind.fidelity).split.val
    assert other != held_out
