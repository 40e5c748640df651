from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gantool.train.losses.image import make_image_loss
from gantool.train.losses.style import gram, style
from gantool.train.perceptual import Perceptual, fixed_picture, install_backbone, load_perceptual
from gantool.train.terms import ImageLoss
from tests.train.test_perceptual import write_vgg


@pytest.fixture(scope="module")
def backbones(tmp_path_factory: pytest.TempPathFactory) -> list[Perceptual]:
    """Two VGG16s that differ in scale alone."""
    folder = tmp_path_factory.mktemp("backbones")
    found = []
    for gain in (1.0, 300.0):
        write_vgg(folder / "source.safetensors", gain)
        found.append(load_perceptual(install_backbone(folder / "source.safetensors", folder / f"{gain}")))
    return found


def other(picture: Tensor) -> Tensor:
    noise = torch.randn(picture.shape, generator=torch.Generator().manual_seed(1))
    return (picture + 0.1 * noise).clamp(0, 1)


def test_gram_counts_what_occurs_together() -> None:
    features = torch.tensor([[1.0, 2.0], [3.0, 0.0]]).view(1, 2, 1, 2)
    torch.testing.assert_close(gram(features), torch.tensor([[[5.0, 3.0], [3.0, 9.0]]]) / 4)


def test_gram_does_not_depend_on_places_or_size() -> None:
    features = torch.rand(2, 5, 6, 4)
    torch.testing.assert_close(gram(features), gram(features.flip(2).repeat(1, 1, 1, 3)))
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(gram(features), gram(features.flip(3)), atol=1e-6, rtol=1e-6)


def test_style_is_0_for_the_same_picture_and_positive_for_another(backbones: list[Perceptual]) -> None:
    loss = make_image_loss(ImageLoss.style, lambda: backbones[0])
    picture = fixed_picture(48)
    assert float(loss(picture, picture)) == 0
    assert float(loss(other(picture), picture)) > 0


def test_style_does_not_depend_on_the_backbones_scale(backbones: list[Perceptual]) -> None:
    picture = fixed_picture(48)
    small, large = (float(style(vgg, other(picture), picture)) for vgg in backbones)
    assert large == pytest.approx(small, rel=0.05)


def test_the_gradient_reaches_the_output_and_lowers_the_distance(backbones: list[Perceptual]) -> None:
    picture = fixed_picture(48)
    output = other(picture).requires_grad_()
    distance = style(backbones[0], output, picture)
    (slope,) = torch.autograd.grad(distance, output)
    moved = output.detach() - 0.01 * slope / slope.abs().max()
    assert float(style(backbones[0], moved, picture)) < distance.item()
