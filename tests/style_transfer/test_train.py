"""Options, paintings and the three recipes, by the contract kit and through the command."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torchvision.transforms.functional import to_pil_image

from gantool import plugins
from gantool.errors import TrainError, UsageError
from gantool.task import TrainInputs
from gantool.testing import Check, check_task
from gantool.testing.backbone import write_backbone
from gantool.train.perceptual import load_perceptual
from gantool.weights.files import load
from gantool_style_transfer.held_out import LEAST, HeldOut
from gantool_style_transfer.paintings import Paintings
from gantool_style_transfer.plugin import build_recipe
from gantool_style_transfer.recipe_any import recast
from gantool_style_transfer.train_options import Method, TrainStyleOptions, losses
from tests.style_transfer.painted import save_painting

CPU = torch.device("cpu")
TRAINING = [
    Check.SMALLEST_SIDE,
    Check.BATCH,
    Check.LOSSES,
    Check.STEP,
    Check.TRAINING_REPEATS,
    Check.VALIDATION,
    Check.CARD,
]


@pytest.fixture(scope="module")
def paintings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paintings")
    for seed in range(3):
        save_painting(folder / f"{seed}.png", 96, 80, seed)
    return folder


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_backbone(tmp_path_factory.mktemp("net") / "vgg16.safetensors")


def options(paintings: Path, method: Method = Method.cut) -> TrainStyleOptions:
    return TrainStyleOptions(style=paintings, method=method, patch=32)


@pytest.mark.parametrize("method", list(Method))
def test_training_keeps_the_contract(paintings: Path, backbone: Path, method: Method) -> None:
    task = dataclasses.replace(plugins.load("style-transfer"), enhance=None, evaluate=None)
    # Started from its own export, CycleGAN has one of its two generators anew.
    only = TRAINING if method is Method.cycle else [*TRAINING, Check.START]
    check_task(task, train=options(paintings, method), backbone=backbone, only=only)


def test_layers_of_both_sides_are_named_as_they_are_called_there(paintings: Path, backbone: Path) -> None:
    recipe = build_recipe(options(paintings), TrainInputs(paintings, None, CPU, 0, 1 << 30, backbone))
    tensors = dict(recipe.export(recipe.generator).tensors)
    name = next(iter(tensors))
    layer = name.rpartition(".")[0]
    found = recipe.initialise({**tensors, name: torch.zeros(1), "late.0.weight": torch.zeros(1)})
    assert found == (f"painter.{layer}", "late.0")
    assert f"painter.{layer}" in dict(recipe.generator.named_modules())


def test_only_losses_with_a_weight_cost_time(paintings: Path, backbone: Path, tmp_path: Path) -> None:
    for seed in range(2):
        save_painting(tmp_path / f"{seed}.png", 64, 64, seed)
    recipe = build_recipe(options(paintings), TrainInputs(tmp_path, None, CPU, 0, 1 << 30, backbone))
    batch = recipe.batch(2, slice(0, 2), torch.Generator().manual_seed(0))
    own = recipe.own_losses(batch, torch.rand(2, 3, 32, 32), recipe.generator)
    calls = []
    recipe.perceptual.register_forward_hook(lambda *_: calls.append("whole"))
    recipe.perceptual.features[0].register_forward_hook(lambda *_: calls.append("vgg"))
    assert float(own["edges"]) > 0
    assert calls == []
    assert float(own["style"]) > 0
    assert "vgg" in calls


def test_validation_knows_the_untouched_photograph_and_the_painting(paintings: Path, backbone: Path) -> None:
    files = sorted(paintings.iterdir())
    held_out = HeldOut(files[:2], load_perceptual(backbone), CPU)
    untouched = held_out.validate(lambda photo, _: photo, lambda index: held_out.grams[1 - index])
    assert untouched.figures["style"] == pytest.approx(1, abs=1e-4)
    assert untouched.figures["edges"] == pytest.approx(1, abs=1e-4)
    swapped = held_out.validate(
        lambda _, index: held_out.photos[1 - index], lambda index: held_out.grams[1 - index]
    )
    assert swapped.figures["style"] == pytest.approx(0, abs=1e-4)
    assert swapped.figures["edges"] < 0.9
    assert swapped.figures["distance"] == pytest.approx(1 - swapped.figures["edges"], abs=1e-3)


def test_a_photograph_is_validated_on_down_to_the_least_side_or_refused(
    backbone: Path, tmp_path: Path
) -> None:
    (tmp_path / "small").mkdir()
    for side in (LEAST, LEAST - 1):
        save_painting(tmp_path / "small" / f"{side}.png", 64, side, side)
    held_out = HeldOut([tmp_path / "small" / f"{LEAST}.png"], load_perceptual(backbone), CPU)
    wanted = {name: 2 * gram for name, gram in held_out.grams[0].items()}
    found = held_out.validate(lambda photo, _: photo, lambda _: wanted)
    assert found.figures["edges"] == pytest.approx(1, abs=1e-4)
    with pytest.raises(TrainError, match="12 or more"):
        HeldOut([tmp_path / "small" / f"{LEAST - 1}.png"], load_perceptual(backbone), CPU)


def test_a_cycle_stacks_both_directions(paintings: Path, backbone: Path) -> None:
    inputs = TrainInputs(paintings, None, CPU, 0, 1 << 30, backbone)
    recipe = build_recipe(options(paintings, Method.cycle), inputs)
    batch = recipe.batch(2, slice(0, 2), torch.Generator().manual_seed(0))
    recipe.generator.eval()
    fake, real = recipe.fake(recipe.generator, batch), recipe.real(batch)
    torch.testing.assert_close(fake[:2], recipe.generator.painter(batch.photo))
    torch.testing.assert_close(fake[2:], recipe.generator.back(batch.painting))
    assert torch.equal(real, torch.cat((batch.painting, batch.photo)))
    logits = recipe.judge(recipe.discriminator, batch, real).logits
    torch.testing.assert_close(logits[2:], recipe.discriminator.photo(batch.photo), atol=1e-3, rtol=1e-3)


def test_every_recipe_weighs_every_loss(paintings: Path) -> None:
    names = {method: set(losses(options(paintings, method))) for method in Method}
    assert names[Method.cut] == names[Method.cycle] == names[Method.any]


def test_crops_are_seeded_and_within_range(paintings: Path) -> None:
    pool = Paintings(paintings, 96, 32, CPU)
    first, again = (pool.crops(6, 32, torch.Generator().manual_seed(3)) for _ in range(2))
    assert first.shape == (6, 3, 32, 32)
    assert torch.equal(first, again)
    assert 0 <= float(first.min()) <= float(first.max()) <= 1
    rng = torch.Generator().manual_seed(0)
    recoloured = [recast(first[:1], pool.palettes, rng) for _ in range(8)]
    assert any(torch.equal(one, first[:1]) for one in recoloured)
    assert any(not torch.allclose(one, first[:1], atol=0.05) for one in recoloured)


def test_zoomed_crops_show_larger_strokes(tmp_path: Path) -> None:
    stripes = torch.arange(256).remainder(8).lt(4).float().expand(3, 256, 256)
    to_pil_image(stripes).save(tmp_path / "stripes.png")
    whole, near = (Paintings(tmp_path, 128, 64, CPU, zoom) for zoom in (1.0, 2.0))
    torch.testing.assert_close(near.pictures[0], whole.pictures[0])

    def widest(pool: Paintings) -> float:
        rng = torch.Generator().manual_seed(0)
        crops = torch.cat([pool.crop(0, 64, rng) for _ in range(16)])
        turns = (crops[..., 1:] > 0.5).ne(crops[..., :-1] > 0.5).float().sum(3).mean((1, 2))
        return 64 / float(turns.min())

    # Stripes of 2 pixels in the whole, 4 from near; crops are seen at 0.8 to 1.33 times their size.
    assert widest(whole) < 3
    assert widest(near) > 4


def test_a_painting_is_learned_from_as_it_is_seen(tmp_path: Path) -> None:
    seen = torch.rand(3, 80, 90, generator=torch.Generator().manual_seed(0))
    around = torch.nn.functional.pad(torch.cat((seen, torch.ones(1, 80, 90))), (20, 10, 5, 15))
    to_pil_image(seen).save(tmp_path / "plain.png")
    to_pil_image(around).save(tmp_path / "cut-out.png")
    cut_out, plain = Paintings(tmp_path, 96, 32, CPU).pictures
    assert torch.equal(cut_out, plain)


def test_a_painting_smaller_than_the_patch_says_what_is_needed(tmp_path: Path) -> None:
    small = save_painting(tmp_path / "small.png", 60, 39)
    with pytest.raises(TrainError, match=r"small\.png is 60 x 39 .* patches of 32 need both sides of 40"):
        Paintings(small, 512, 32, CPU)


def test_without_a_painting_one_is_asked_for() -> None:
    with pytest.raises(UsageError, match="--style is needed"):
        Paintings(None, 512, 32, CPU)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"patch": 40}, "--patch 40"),
        ({"name": "Starry Night"}, "'starry-night'"),
        ({"name": "mine", "method": Method.any}, "--name is of one style"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        TrainStyleOptions(**given)  # type: ignore[arg-type]
    assert message in str(caught.value) + str(caught.value.remedy)


def test_a_style_is_called_after_its_file_or_as_asked() -> None:
    painting = Path("Great_Wave (1831).jpg")
    assert TrainStyleOptions(style=painting).style_name == "great-wave-1831"
    assert TrainStyleOptions(style=painting, name="wave").style_name == "wave"
    assert TrainStyleOptions(style=painting, method=Method.any).style_name == "any"


@pytest.mark.slow
def test_the_command_trains_and_leaves_a_weight(paintings: Path, backbone: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = [sys.executable, "-m", "gantool", "train", "style-transfer", "--data", str(paintings)]
    given = ["--style", str(paintings / "0.png"), "--name", "plain", "--work", "Nobody, Plain, 2026"]
    sizes = ["--steps", "3", "--batch", "2", "--patch", "32", "--backbone", str(backbone)]
    subprocess.run([*command, *given, *sizes, "--run", str(run)], check=True, capture_output=True)
    card = load(run / "style-transfer-plain.safetensors", task="style-transfer").card
    assert (card.steps, card.summary) == (3, "Nobody, Plain, 2026")
