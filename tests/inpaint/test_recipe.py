"""The recipe through the trainer's own parts: batches, losses, figures, the weight it leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn

from gantool.errors import TrainError, UsageError
from gantool.networks.overparameterised import OverParameterised
from gantool.task import TrainInputs
from gantool.testing.pictures import write_pictures
from gantool_inpaint import recipe as recipe_module
from gantool_inpaint.fill import smooth_fill
from gantool_inpaint.held_out import Holed
from gantool_inpaint.networks import Generator, InpaintConfig
from gantool_inpaint.options import Kind
from gantool_inpaint.recipe import LEAST_MSE, InpaintRecipe
from gantool_inpaint.train_options import TrainInpaintOptions, game, losses
from tests.inpaint.test_networks import TINY, random_network


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("inpaint") / "photos"
    write_pictures(folder, 96)
    return folder


@pytest.fixture
def recipe(photos: Path) -> InpaintRecipe:
    inputs = TrainInputs(data=photos, val=None, device=torch.device("cpu"), seed=0, memory=1 << 30)
    made = InpaintRecipe(TrainInpaintOptions(patch=32), inputs)
    made.generator = random_network()
    return made


@pytest.mark.parametrize("surplus", [True, False])
def test_kernels_have_surplus_parameters_where_it_is_asked_for(photos: Path, surplus: bool) -> None:
    inputs = TrainInputs(data=photos, val=None, device=torch.device("cpu"), seed=0, memory=1 << 30)
    made = InpaintRecipe(TrainInpaintOptions(patch=32, surplus=surplus), inputs)
    assert any(isinstance(layer, OverParameterised) for layer in made.generator.modules()) is surplus


def test_batches_are_seeded_and_processes_share_them(recipe: InpaintRecipe) -> None:
    whole, again = (recipe.batch(4, slice(0, 4), torch.Generator().manual_seed(1)) for _ in range(2))
    part = recipe.batch(4, slice(2, 4), torch.Generator().manual_seed(1))
    assert whole.clean.shape == (4, 3, 32, 32)
    assert whole.mask.shape == (4, 1, 32, 32)
    assert torch.equal(whole.mask, again.mask)
    assert torch.equal(whole.mask[2:], part.mask)
    assert torch.equal(whole.clean[2:], part.clean)
    assert not whole.holed[whole.mask.expand_as(whole.clean) > 0].any()


def test_losses_and_discriminator_see_the_picture_with_its_holes_filled(recipe: InpaintRecipe) -> None:
    batch = recipe.batch(2, slice(0, 2), torch.Generator().manual_seed(1))
    fake = recipe.fake(recipe.generator, batch)
    torch.testing.assert_close(fake * (1 - batch.mask), batch.holed)
    assert recipe.real(batch) is batch.clean


def test_a_pattern_in_holes_counts_by_how_strong_it_is_there(recipe: InpaintRecipe) -> None:
    batch = recipe.batch(2, slice(0, 2), torch.Generator().manual_seed(1))
    side = batch.clean.shape[-1]
    woven = batch.clean + 0.1 * torch.rand(1, 3, 8, 8).repeat(1, 1, side // 8, side // 8)
    figures = []
    for mask in (torch.ones_like(batch.mask), torch.zeros_like(batch.mask)):
        mask[..., : side // 2] = 1  # the whole picture, then its left half
        holed = Holed(batch.clean, mask)
        fake = mask * woven + (1 - mask) * batch.clean
        figures.append(float(recipe.own_losses(holed, fake, recipe.generator)["grid"]))
    assert figures[0] > 0.01
    assert figures[1] == pytest.approx(figures[0], rel=0.5)
    assert float(recipe.own_losses(batch, batch.clean, recipe.generator)["grid"]) == 0


def test_log_mse_is_of_the_holes_alone(recipe: InpaintRecipe) -> None:
    batch = recipe.batch(2, slice(0, 2), torch.Generator().manual_seed(1))
    none = recipe.own_losses(batch, batch.clean, recipe.generator)["log_mse"]
    tenth = recipe.own_losses(batch, batch.clean + 0.1 * batch.mask, recipe.generator)["log_mse"]
    assert float(none) == pytest.approx(torch.tensor(LEAST_MSE).log().item(), abs=1e-4)
    assert float(tenth) == pytest.approx(torch.tensor(0.01 + LEAST_MSE).log().item(), abs=1e-4)


class SmoothFill(nn.Module):
    def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return smooth_fill(image, mask)


class Cheat(nn.Module):
    def __init__(self, recipe: InpaintRecipe) -> None:
        super().__init__()
        self.answers = iter([one.clean + 0.1 * one.mask for one in recipe.held_out.samples])

    def forward(self, image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return next(self.answers)


def test_figures_are_of_the_holes(recipe: InpaintRecipe) -> None:
    with torch.no_grad():
        found = recipe.validate(SmoothFill())
        wrong = recipe.validate(Cheat(recipe))
    names = {"psnr", "psnr_hole", "psnr_strokes_20", "psnr_strokes_40", "psnr_blobs_10"}
    assert set(found.figures) == names
    assert (found.best_by, found.higher_is_better) == ("psnr_hole", True)
    assert found.figures["psnr_hole"] < found.figures["psnr"]
    # Off by a tenth in the holes, but where that is clipped at 1.
    assert wrong.figures["psnr_hole"] == pytest.approx(20, abs=0.5)
    assert found.grid is not None
    assert found.grid.shape[0] == 3


def test_what_is_exported_runs_and_initialises_another(
    recipe: InpaintRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe_module, "InpaintConfig", lambda: TINY)
    with torch.no_grad():
        export = recipe.export(recipe.generator)
    assert export.id == "inpaint-fidelity"
    plain = Generator(InpaintConfig(**{name: int(value) for name, value in export.config.items()}))
    plain.load_state_dict(dict(export.tensors))
    image, mask = torch.rand(1, 3, 32, 32), torch.zeros(1, 1, 32, 32)
    mask[:, :, 8:20, 8:24] = 1
    expected = recipe.generator(image, mask)
    torch.testing.assert_close(plain(image, mask), expected, atol=1e-5, rtol=1e-5)
    other = InpaintRecipe(recipe.options, recipe.inputs)
    assert other.initialise(export.tensors) == ()
    torch.testing.assert_close(other.generator(image, mask), expected, atol=1e-5, rtol=1e-5)


def test_photo_is_a_game_and_fidelity_is_not() -> None:
    photo = TrainInpaintOptions(kind=Kind.photo)
    assert "perceptual" in losses(photo)
    assert {name for name, weight in losses(TrainInpaintOptions()).items() if weight} == {"log_mse"}
    assert game(photo)["adversarial"]


@pytest.mark.parametrize(("kind", "patch"), [(Kind.fidelity, 36), (Kind.photo, 40)])
def test_patches_that_a_network_cannot_halve_are_refused(kind: Kind, patch: int) -> None:
    with pytest.raises(UsageError, match=f"--patch {patch}"):
        TrainInpaintOptions(kind=kind, patch=patch)


def test_a_validation_picture_is_measured_down_to_the_least_side_or_refused(
    photos: Path, tmp_path: Path
) -> None:
    inputs = TrainInputs(data=photos, val=tmp_path, device=torch.device("cpu"), seed=0, memory=1 << 30)
    Image.new("RGB", (200, 8), "teal").save(tmp_path / "a.png")
    recipe = InpaintRecipe(TrainInpaintOptions(patch=32), inputs)
    with torch.no_grad():
        assert recipe.validate(random_network()).figures["psnr"] > 0
    Image.new("RGB", (200, 7), "teal").save(tmp_path / "a.png")
    with pytest.raises(TrainError, match="8 or more"):
        InpaintRecipe(TrainInpaintOptions(patch=32), inputs)
