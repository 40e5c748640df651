from __future__ import annotations

import dataclasses
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import torch

from gantool.errors import TrainError, UsageError
from gantool.task import TrainInputs
from gantool.testing import Check, check_task
from gantool_generate.config import GenerateConfig, Preset
from gantool_generate.networks import build_generator
from gantool_generate.path_length import path_length
from gantool_generate.recipe import GenerateRecipe
from gantool_generate.train_options import PATH_LENGTH, SAMENESS, TrainGenerateOptions, losses
from gantool_generate.validation import sliced_wasserstein
from tests.generate.pictures import write_classes, write_idx

CPU = torch.device("cpu")


def inputs(data: Path, memory: int = 1 << 24) -> TrainInputs:
    return TrainInputs(data, None, CPU, seed=0, memory=memory)


@pytest.mark.parametrize("preset", Preset)
def test_the_contract(preset: Preset) -> None:
    options = TrainGenerateOptions(preset=preset, side=28, latent=8, width=8)
    kept = set(Check) - {Check.HELP, Check.SAMPLE, Check.EVALUATE, Check.KNOWN_WEIGHTS}
    made = check_task("generate", train=options, batch=4, pictures=write_classes, only=kept)
    assert {Check.BATCH, Check.STEP, Check.TRAINING_REPEATS, Check.VALIDATION, Check.START} <= set(made)


def test_a_batch_has_pictures_of_its_classes(tmp_path: Path) -> None:
    recipe = GenerateRecipe(TrainGenerateOptions(), inputs(write_idx(tmp_path)))
    batch = recipe.batch(64, slice(0, 64), torch.Generator().manual_seed(0))
    assert batch.classes is not None
    lying = batch.real.std(2).mean((1, 2)) > batch.real.std(3).mean((1, 2))
    assert torch.equal(lying, batch.classes == 0)


def test_mirrored_pictures(tmp_path: Path) -> None:
    recipe = GenerateRecipe(TrainGenerateOptions(mirror=True), inputs(write_idx(tmp_path)))
    plain = GenerateRecipe(TrainGenerateOptions(), inputs(write_idx(tmp_path)))
    ours, theirs = (
        one.batch(64, slice(0, 64), torch.Generator().manual_seed(0)).real for one in (recipe, plain)
    )
    same = (ours == theirs).all(3).all(2).all(1)
    assert 0.2 < float(same.float().mean()) < 0.9  # lying stripes are their own mirror images
    assert torch.equal(ours[~same], theirs[~same].flip(3))


def test_classes_can_be_left_out(tmp_path: Path) -> None:
    recipe = GenerateRecipe(TrainGenerateOptions(conditional=False), inputs(write_idx(tmp_path)))
    assert recipe.config.classes == 0
    assert recipe.batch(4, slice(0, 4), torch.Generator()).classes is None


def test_the_largest_side_that_the_pictures_allow(tmp_path: Path) -> None:
    write_classes(tmp_path, 70)
    recipe = GenerateRecipe(TrainGenerateOptions(width=8), inputs(tmp_path))
    assert (recipe.config.side, recipe.config.class_names) == (64, ("lying", "upright"))
    assert recipe.found.images.shape == (12, 1, 64, 64)


def test_pictures_to_validate_on_are_not_learned_from(tmp_path: Path) -> None:
    data, val = tmp_path / "data", tmp_path / "data" / "val"
    write_classes(data, 28)
    write_classes(val, 28)
    given = dataclasses.replace(inputs(data), val=val)
    recipe = GenerateRecipe(TrainGenerateOptions(width=8), given)
    assert (len(recipe.found), recipe.config.class_names) == (12, ("lying", "upright"))
    same = GenerateRecipe(TrainGenerateOptions(width=8), dataclasses.replace(given, val=data))
    assert len(same.found) == len(same.held_out.real) == 24
    with pytest.raises(TrainError, match="none is left to learn from"):
        GenerateRecipe(TrainGenerateOptions(width=8), TrainInputs(val, data, CPU, seed=0, memory=1 << 24))


@pytest.mark.parametrize("preset", Preset)
def test_a_batch_of_one_trains_or_is_a_line(preset: Preset, tmp_path: Path) -> None:
    recipe = GenerateRecipe(
        TrainGenerateOptions(preset=preset, width=8, latent=8), inputs(write_idx(tmp_path))
    )
    drawn = partial(recipe.batch, 2, slice(1, 2))
    if preset is Preset.mlp:
        with pytest.raises(UsageError, match="--batch 2"):
            drawn(torch.Generator().manual_seed(0))
        return
    batch = drawn(torch.Generator().manual_seed(0))
    assert recipe.fake(recipe.generator, batch).isfinite().all()


def test_pictures_below_every_side_and_beyond_memory(tmp_path: Path) -> None:
    write_classes(tmp_path / "small", 20)
    with pytest.raises(TrainError, match="20 pixels"):
        GenerateRecipe(TrainGenerateOptions(), inputs(tmp_path / "small"))
    write_classes(tmp_path / "large", 128)
    with pytest.raises(TrainError, match="--memory"):
        GenerateRecipe(TrainGenerateOptions(side=128), inputs(tmp_path / "large", memory=1 << 16))


@pytest.mark.parametrize("options", [{"side": 30}, {"channels": 2}])
def test_options_that_no_preset_has(options: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="--"):
        TrainGenerateOptions(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("preset", Preset)
def test_who_is_told_classes_is_kept_from_one_picture_each(preset: Preset) -> None:
    assert losses(TrainGenerateOptions(preset=preset))[SAMENESS] > 0
    assert losses(TrainGenerateOptions(preset=preset, conditional=False))[SAMENESS] == 0


def test_the_path_length_is_that_of_the_slope() -> None:
    torch.manual_seed(0)
    options = TrainGenerateOptions(preset=Preset.style, side=64)
    assert losses(options)[PATH_LENGTH] > 0
    assert not losses(TrainGenerateOptions(preset=Preset.mlp))[PATH_LENGTH]

    class Linear(torch.nn.Module):
        def mapping(self, latents: torch.Tensor, classes: None) -> torch.Tensor:
            return latents

        def synthesis(self, w: torch.Tensor, classes: None) -> torch.Tensor:
            return 3 * w

    class Uneven(Linear):
        def synthesis(self, w: torch.Tensor, classes: None) -> torch.Tensor:
            return w * w.square().sum(1, keepdim=True)

    latents = torch.randn(64, 16)
    assert float(path_length(Linear(), latents, None)) < 1e-6  # type: ignore[arg-type]
    assert float(path_length(Uneven(), latents, None)) > 1e-2  # type: ignore[arg-type]


def test_the_path_length_is_no_rounding_under_autocast() -> None:
    torch.manual_seed(0)
    generator = build_generator(GenerateConfig("style", 64, 3, 16, 8))
    latents = torch.randn(16, 16)
    found = []
    for reduced in (False, True):
        torch.manual_seed(1)
        with torch.autocast("cpu", torch.bfloat16, enabled=reduced):
            loss = path_length(generator, latents, None)
        found.append(torch.autograd.grad(loss, list(generator.parameters()), allow_unused=True))
    assert sum(slope is not None for slope in found[0]) > 10
    for plain, under in zip(*found, strict=True):
        assert plain is under is None or torch.equal(plain, under)


def test_the_path_length_looks_at_all_of_a_batch_sorted_by_class() -> None:
    seen: list[list[int]] = []

    class Watched(torch.nn.Module):
        def mapping(self, latents: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
            assert latents[:, 0].long().tolist() == classes.tolist()
            seen.append(classes.tolist())
            return latents

        def synthesis(self, w: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
            return w

    classes = torch.arange(8).repeat_interleave(8)
    path_length(Watched(), classes[:, None].expand(-1, 4).float(), classes)  # type: ignore[arg-type]
    assert seen == [list(range(8))]


def test_the_distance_knows_a_set_from_another() -> None:
    rng = torch.Generator().manual_seed(0)
    one, same = (torch.rand(256, 1, 28, 28, generator=rng) for _ in range(2))
    darker = torch.rand(256, 1, 28, 28, generator=rng) * 0.8
    assert sliced_wasserstein(one, one) == 0
    assert sliced_wasserstein(one, same) < 0.2 * sliced_wasserstein(one, darker)
    with torch.autocast("cpu", dtype=torch.bfloat16):  # as a trainer validates
        in_bf16 = sliced_wasserstein(one, darker)
    assert in_bf16 == sliced_wasserstein(one, darker)


def test_an_exported_weight_rebuilds_the_generator(tmp_path: Path) -> None:
    recipe = GenerateRecipe(
        TrainGenerateOptions(preset=Preset.style, name="mine", truncation=0.8), inputs(write_idx(tmp_path))
    )
    export = recipe.export(recipe.generator)
    assert (export.id, export.config["truncation"]) == ("generate-mine", 0.8)
    again = build_generator(type(recipe.config)(**export.config))  # type: ignore[arg-type]
    again.load_state_dict(dict(export.tensors))
    latents, classes = torch.randn(2, 64), torch.tensor([0, 1])
    torch.testing.assert_close(again.eval()(latents, classes), recipe.generator(latents, classes))
    assert recipe.initialise({**export.tensors, "late.weight": torch.zeros(1)}) == ("late",)


@pytest.mark.parametrize("preset", ["mlp", "style"])
def test_a_toy_run_from_the_command_line(tmp_path: Path, preset: str) -> None:
    data = write_idx(tmp_path)
    run = [sys.executable, "-m", "gantool", "train", "generate", "--data", str(data), "--preset", preset]
    more = [
        "--width",
        "8",
        "--latent",
        "8",
        "--batch",
        "8",
        "--steps",
        "4",
        "--log-every",
        "2",
        "--device",
        "cpu",
    ]
    made = subprocess.run(
        [*run, *more, "--run", str(tmp_path / "run")], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "run" / f"generate-{preset}.safetensors").exists()
    assert "swd" in (tmp_path / "run" / "val.csv").read_text()


def test_bad_data_is_one_line_before_training(tmp_path: Path) -> None:
    path = write_idx(tmp_path)
    path.write_bytes(path.read_bytes()[:200])
    run = [sys.executable, "-m", "gantool", "train", "generate", "--data", str(path), "--steps", "1"]
    made = subprocess.run([*run, "--run", str(tmp_path / "run")], capture_output=True, text=True, check=False)
    assert made.returncode == 1
    assert "cut short" in made.stderr
    assert "Traceback" not in made.stderr
