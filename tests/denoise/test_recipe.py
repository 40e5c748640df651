"""The recipe through the trainer's own parts: batches, one run of a few steps, the weight it leaves."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from gantool.errors import TrainError, UsageError
from gantool.networks.overparameterised import OverParameterised
from gantool.task import LoadedWeight, TrainInputs
from gantool.weights.files import load
from gantool_denoise.enhance import DenoiseEnhancer
from gantool_denoise.estimate import LevelEstimator
from gantool_denoise.networks import DenoiseConfig, Generator
from gantool_denoise.options import DenoiseOptions
from gantool_denoise.recipe import TAKEN_MIDDLE, DenoiseRecipe
from gantool_denoise.train_options import Stage, TrainDenoiseOptions, game, losses, smallest_side
from tests.denoise.pictures import TINY, make_weight, save_photos

TINY_OPTIONS = TrainDenoiseOptions(patch=32, draws=1)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_photos(tmp_path_factory.mktemp("photos"), 6, 96, 96)


def make(photos: Path, options: TrainDenoiseOptions = TINY_OPTIONS, val: Path | None = None) -> DenoiseRecipe:
    inputs = TrainInputs(data=photos, val=val, device=torch.device("cpu"), seed=0, memory=1 << 30)
    recipe = DenoiseRecipe(options, inputs)
    recipe.generator = Generator(TINY, training=True)
    return recipe


@pytest.mark.parametrize("surplus", [True, False])
def test_kernels_have_surplus_parameters_where_it_is_asked_for(photos: Path, surplus: bool) -> None:
    inputs = TrainInputs(data=photos, val=None, device=torch.device("cpu"), seed=0, memory=1 << 30)
    recipe = DenoiseRecipe(dataclasses.replace(TINY_OPTIONS, surplus=surplus), inputs)
    assert any(isinstance(layer, OverParameterised) for layer in recipe.generator.modules()) is surplus


@pytest.mark.parametrize("kind", [Stage.gaussian, Stage.robust])
def test_batches_are_seeded_and_processes_share_them(photos: Path, kind: Stage) -> None:
    recipe = make(photos, dataclasses.replace(TINY_OPTIONS, kind=kind))
    first, again = (recipe.batch(4, slice(0, 4), torch.Generator().manual_seed(1)) for _ in range(2))
    assert first.noisy.shape == first.clean.shape == (4, 3, 32, 32)
    assert first.sigma.shape == (4, 1, 1, 1)
    assert torch.equal(first.noisy, again.noisy)
    assert torch.equal(first.sigma, again.sigma)
    assert recipe.fake(recipe.generator, first).shape == first.clean.shape
    assert recipe.real(first) is first.clean
    halves = [recipe.batch(4, part, torch.Generator().manual_seed(1)) for part in (slice(0, 2), slice(2, 4))]
    for name in ("noisy", "sigma", "clean"):
        assert torch.equal(getattr(first, name), torch.cat([getattr(half, name) for half in halves]))
    assert len(set(first.sigma.flatten().tolist())) > 2


def test_validation_measures_each_level(photos: Path) -> None:
    recipe = make(photos)
    with torch.no_grad():
        found = recipe.validate(recipe.generator)
    assert set(found.figures) == {"psnr_15", "psnr_25", "psnr_50", "psnr"}
    assert found.figures["psnr"] == pytest.approx(sum(list(found.figures.values())[:3]) / 3)
    assert (found.best_by, found.higher_is_better) == ("psnr", True)
    assert found.grid is not None
    assert found.grid.shape[0] == 3


def test_what_is_exported_runs_and_initialises_another(photos: Path) -> None:
    recipe = make(photos)
    with torch.no_grad():
        export = recipe.export(recipe.generator)
    assert export.id == "denoise-gaussian-compact"
    card = dataclasses.replace(make_weight().card, config=export.config)
    weight = LoadedWeight("w", card, export.tensors, "", Path("w.safetensors"))
    enhancer = DenoiseEnhancer(DenoiseOptions(), [weight])
    image, sigma = torch.rand(1, 3, 32, 32), torch.full((1, 1, 1, 1), 0.1)
    expected = recipe.generator(image, sigma)
    torch.testing.assert_close(enhancer.denoiser.generator(image, sigma), expected, atol=1e-5, rtol=1e-5)
    fresh = LevelEstimator().state_dict()
    assert not torch.equal(
        enhancer.denoiser.estimator.state_dict()["layers.0.weight"], fresh["layers.0.weight"]
    )

    other = make(photos)
    assert other.initialise(weight.tensors) == ()
    further = {f"generator.body.99.first.{key}": torch.zeros(1) for key in ("weight", "bias")}
    assert other.initialise({**weight.tensors, **further}) == ("generator.body.99.first",)
    torch.testing.assert_close(other.generator(image, sigma), expected, atol=1e-5, rtol=1e-5)


def test_photo_is_a_game_and_gaussian_is_not() -> None:
    photo, gaussian = losses(TrainDenoiseOptions(kind=Stage.photo)), losses(TrainDenoiseOptions())
    assert {name for name, weight in photo.items() if weight} == {"charbonnier", "perceptual", "grid"}
    assert {name for name, weight in gaussian.items() if weight} == {"charbonnier"}
    assert game(TrainDenoiseOptions(kind=Stage.photo))["adversarial"]
    assert smallest_side(TrainDenoiseOptions(kind=Stage.photo)) == 192


def test_the_discriminator_sees_what_was_taken_away(photos: Path) -> None:
    recipe = make(photos)
    batch = recipe.batch(2, slice(0, 2), torch.Generator().manual_seed(1))
    shown = []

    def discriminator(seen: torch.Tensor) -> torch.Tensor:
        shown.append(seen)
        return seen.mean((1, 2, 3))

    recipe.judge(discriminator, batch, batch.clean)  # type: ignore[arg-type]
    picture, taken = shown[0][:, :3], shown[0][:, 3:]
    assert torch.equal(picture, batch.clean)
    torch.testing.assert_close(taken - TAKEN_MIDDLE, batch.noisy - batch.clean)


def test_a_pattern_that_repeats_is_a_loss_of_its_own(photos: Path) -> None:
    recipe = make(photos)
    batch = recipe.batch(2, slice(0, 2), torch.Generator().manual_seed(1))
    pattern = torch.rand(1, 3, 8, 8).repeat(1, 1, 4, 4)
    clean, woven = (
        recipe.own_losses(batch, fake, recipe.generator)["grid"]
        for fake in (batch.clean, batch.clean + 0.1 * pattern)
    )
    assert clean == 0
    assert woven > 0.01


@pytest.mark.parametrize(("kind", "patch"), [(Stage.gaussian, 36), (Stage.photo, 40)])
def test_patches_that_a_network_cannot_halve_are_refused(kind: Stage, patch: int) -> None:
    with pytest.raises(UsageError, match=f"--patch {patch}"):
        TrainDenoiseOptions(kind=kind, patch=patch)


@pytest.mark.slow
def test_the_command_trains_and_leaves_a_weight(photos: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = [sys.executable, "-m", "gantool", "train", "denoise", "--data", str(photos), "--run", str(run)]
    options = ["--steps", "3", "--batch", "2", "--patch", "32", "--draws", "1", "--device", "cpu"]
    subprocess.run([*command, *options], check=True, capture_output=True)
    weight = load(run / "denoise-gaussian-compact.safetensors", task="denoise")
    assert weight.card.steps == 3
    assert DenoiseConfig(**{key: int(value) for key, value in weight.card.config.items()}).work > 50_000


@pytest.mark.parametrize("kind", [Stage.gaussian, Stage.robust])
def test_a_validation_picture_is_measured_down_to_the_least_side_or_refused(
    photos: Path, tmp_path: Path, kind: Stage
) -> None:
    options = dataclasses.replace(TINY_OPTIONS, kind=kind)
    recipe = make(photos, options, save_photos(tmp_path / "least", 1, 200, 8))
    with torch.no_grad():
        assert recipe.validate(recipe.generator).figures["psnr"] > 0
    with pytest.raises(TrainError, match="8 or more"):
        make(photos, options, save_photos(tmp_path / "less", 1, 200, 7))
