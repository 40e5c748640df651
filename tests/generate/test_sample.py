from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from gantool.errors import TrainError
from gantool.sampling.drawing import draw, to_bytes
from gantool.sampling.latents import Wish
from gantool.sampling.session import Session
from gantool.task import Comparable, Conditional, Factorisable, Interpolable, Truncatable
from gantool.testing import Check, check_task
from gantool.weights.card import Card
from gantool_generate.config import Preset
from gantool_generate.evaluate import EvaluateGenerateOptions
from gantool_generate.options import CompareBy, class_names
from gantool_generate.sample import GenerateSampler
from gantool_generate.train_options import TrainGenerateOptions
from tests.generate.pictures import write_classes
from tests.generate.weights import DIGITS, sampler

CPU = torch.device("cpu")


@pytest.mark.parametrize("preset", [Preset.mlp, Preset.style])
def test_the_contract(preset: Preset) -> None:
    options = TrainGenerateOptions(preset=preset, side=28, latent=8, width=8)
    measured = EvaluateGenerateOptions(compare_by=CompareBy.pixels)
    only = {Check.OPTIONS, Check.SAMPLE, Check.EVALUATE}
    made = check_task(
        "generate", train=options, evaluate=measured, batch=4, pictures=write_classes, only=only
    )
    assert set(made) == only


@pytest.mark.parametrize("preset", Preset)
def test_everything_is_offered_and_images_follow_their_class(tmp_path: Path, preset: Preset) -> None:
    made = sampler(tmp_path, preset)
    for offer in (Conditional, Truncatable, Factorisable, Interpolable, Comparable):
        assert isinstance(made, offer)
    latents = made.latents_of([3, 7], [5, 5], 1)
    images = made(latents)
    assert images.shape == (2, 1, 28, 28)
    assert not torch.allclose(images[0], images[1])
    labels = torch.tensor([3, 7])
    generator = made.generator
    width = latents.shape[1] - 10
    direct = generator.synthesis(latents[:, :width], labels)
    assert torch.equal(images, direct)
    assert torch.equal(made.latents([7], 1), made.latents_of([7], [7], 1))


@pytest.mark.parametrize("preset", Preset)
def test_images_are_the_same_whatever_is_drawn_beside_them(tmp_path: Path, preset: Preset) -> None:
    made = sampler(tmp_path, preset)
    session = Session("generate", made, tuple("0123456789"), (), CPU)
    source = session.source(Wish(seed=2))
    alone = {number: to_bytes(image) for number, image in draw(made, source, [3, 20], 1)}
    many = {number: to_bytes(image) for number, image in draw(made, source, range(24), 24)}
    assert torch.equal(alone[3], many[3])
    assert torch.equal(alone[20], many[20])


@pytest.mark.parametrize("preset", [Preset.dcgan, Preset.style])
def test_truncation_leads_to_the_mean_of_a_class(tmp_path: Path, preset: Preset) -> None:
    made = sampler(tmp_path, preset)
    one, other = made.latents_of([4, 4], [0, 1], 0).split(1)
    assert torch.allclose(made.truncated(one, 0.0), made.truncated(other, 0.0), atol=1e-6)
    assert torch.allclose(made.truncated(one, 1.0), one)
    third = made.latents_of([5], [0], 0)
    assert not torch.allclose(made.truncated(one, 0.0), made.truncated(third, 0.0))


def test_between_two_classes_the_stronger_counts(tmp_path: Path) -> None:
    made = sampler(tmp_path, Preset.dcgan)
    first, second = made.latents_of([4], [0], 0), made.latents_of([6], [1], 0)
    near, far = made.between(first, second, 0.4), made.between(first, second, 0.6)
    assert int(near[0, 8:].argmax()) == 4
    assert int(far[0, 8:].argmax()) == 6
    length = near[0, :8].norm()
    assert (
        min(first[0, :8].norm(), second[0, :8].norm())
        < length
        < max(first[0, :8].norm(), second[0, :8].norm())
    )


def test_a_generator_without_classes(tmp_path: Path) -> None:
    made = sampler(tmp_path, Preset.mlp, labels="")
    assert made(made.latents([0, 1], 0)).shape == (2, 1, 28, 28)
    assert made.first_weights().shape == (256, 8)


def test_class_names_are_read_off_the_card() -> None:
    def card(labels: str) -> Card:
        return Card("x", "generate", "y", {"labels": labels}, "CC0-1.0")

    assert class_names([card(DIGITS)]) == tuple("0123456789")
    assert class_names([card("")]) == ()


def test_real_pictures_come_as_the_generator_makes_them(tmp_path: Path) -> None:
    made: GenerateSampler = sampler(tmp_path, Preset.mlp)
    write_classes(tmp_path / "large", 40)
    real = made.real(tmp_path / "large")
    assert real.images.shape == (12, 1, 28, 28)
    assert real.images.dtype == torch.uint8
    assert real.classes == ("lying", "upright")
    write_classes(tmp_path / "small", 20)
    with pytest.raises(TrainError, match="less than 28") as small:
        made.real(tmp_path / "small")
    shutil.rmtree(tmp_path / "small" / "lying")
    with pytest.raises(TrainError, match="6 pictures, too few to compare with") as few:
        made.real(tmp_path / "small")
    assert not any("--" in str(error.value) for error in (small, few))  # no command that compares has --side
