from __future__ import annotations

import sys
from typing import NoReturn

import pytest
import torch
from torch import Tensor
from torchmetrics.functional.image import (
    multiscale_structural_similarity_index_measure,
    structural_similarity_index_measure,
)

from gantool.errors import UsageError
from gantool.train.losses.image import (
    charbonnier,
    colour,
    fft,
    l1,
    l2,
    ldl,
    make_image_loss,
    ms_ssim,
    ssim,
    total_variation,
)
from gantool.train.perceptual import Perceptual
from gantool.train.terms import ImageLoss

PLAIN = [loss for loss in ImageLoss if loss not in (ImageLoss.perceptual, ImageLoss.style)]
COMPARING = [loss for loss in PLAIN if loss is not ImageLoss.tv]


def never() -> NoReturn:
    raise AssertionError("this loss needs no VGG16")


def pair(side: int = 24) -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    return torch.rand(2, 3, side, side), torch.rand(2, 3, side, side)


@pytest.mark.parametrize("loss", COMPARING)
def test_a_loss_is_least_at_equality_and_positive_otherwise(loss: ImageLoss) -> None:
    function = make_image_loss(loss, never)
    fake, target = pair()
    least = 1e-3 if loss is ImageLoss.charbonnier else 0.0
    assert float(function(target, target)) == pytest.approx(least, abs=1e-6)
    values = [float(function(target.lerp(fake, share), target)) for share in (0.1, 0.5, 1.0)]
    assert least < values[0] < values[1] < values[2]


@pytest.mark.parametrize("loss", PLAIN)
def test_gradients_are_finite_also_at_equality_and_reach_the_output_alone(loss: ImageLoss) -> None:
    function = make_image_loss(loss, never)
    for fake in (pair()[0], pair()[1], torch.zeros(2, 3, 24, 24), 1 - pair()[1]):
        fake.requires_grad_()
        target = pair()[1].requires_grad_()
        function(fake, target.detach()).backward()  # type: ignore[no-untyped-call]
        assert fake.grad is not None
        assert bool(torch.isfinite(fake.grad).all())


@pytest.mark.parametrize("loss", PLAIN)
def test_losses_are_computed_in_float32_under_autocast(loss: ImageLoss) -> None:
    function = make_image_loss(loss, never)
    fake, target = (picture.bfloat16().float() for picture in pair())
    wanted = function(fake, target)
    with torch.autocast("cpu", torch.bfloat16):
        got = function(fake.bfloat16(), target)
    assert got.shape == ()
    assert torch.equal(got, wanted)


@pytest.mark.parametrize("loss", PLAIN)
def test_descent_on_a_loss_leads_towards_the_target(loss: ImageLoss) -> None:
    function = make_image_loss(loss, never)
    fake, target = pair()
    fake.requires_grad_()
    before = function(fake, target)
    (slope,) = torch.autograd.grad(before, fake)
    after = function(fake.detach() - 1e-3 * slope / slope.abs().max(), target)
    assert after.item() < before.item()


def test_pointwise_losses_have_their_values() -> None:
    fake, target = torch.full((1, 3, 4, 4), 0.7), torch.full((1, 3, 4, 4), 0.4)
    assert float(l1(fake, target)) == pytest.approx(0.3)
    assert float(l2(fake, target)) == pytest.approx(0.09)
    assert float(charbonnier(fake, target)) == pytest.approx((0.09 + 1e-6) ** 0.5)


def test_total_variation_sums_both_directions_and_is_0_for_flat_pictures() -> None:
    image = torch.tensor([[0.0, 1.0], [0.0, 1.0]]).view(1, 1, 2, 2)
    assert float(total_variation(image, image)) == 1.0
    assert float(total_variation(image.transpose(2, 3), image)) == 1.0
    assert float(total_variation(torch.full((1, 3, 5, 5), 0.3), pair(5)[1])) == 0.0


def test_the_spectrum_of_a_flat_difference_is_one_number() -> None:
    # The orthonormal transform of d over H x W is d sqrt(H W) at frequency 0; the half spectrum has
    # H (W / 2 + 1) complex numbers, twice as many parts.
    value = float(fft(torch.full((2, 3, 6, 8), 0.5), torch.zeros(2, 3, 6, 8)))
    assert value == pytest.approx(0.5 * (6 * 8) ** 0.5 / (2 * 6 * 5))


def test_a_wave_is_as_far_from_nothing_as_its_size_is_no_matter() -> None:
    values = []
    for side in (16, 64):
        wave = torch.cos(torch.arange(side) * torch.pi / 4).expand(1, 1, side, side)
        noise = torch.randn(1, 1, side, side, generator=torch.Generator().manual_seed(1))
        values.append(float(fft(noise, torch.zeros_like(wave))))
    assert values[0] == pytest.approx(values[1], rel=0.1)


def test_ssim_is_that_of_torchmetrics() -> None:
    fake, target = pair()
    similarity = structural_similarity_index_measure(fake, target, data_range=1.0)
    assert isinstance(similarity, Tensor)
    assert float(ssim(fake, target)) == pytest.approx(1 - float(similarity), abs=1e-6)


def test_ssim_of_flat_pictures_is_its_brightness_term() -> None:
    fake, target = torch.full((1, 1, 16, 16), 0.6), torch.full((1, 1, 16, 16), 0.2)
    by_hand = 1 - (2 * 0.6 * 0.2 + 1e-4) / (0.36 + 0.04 + 1e-4)
    assert float(ssim(fake, target)) == pytest.approx(by_hand, abs=1e-3)


def test_ms_ssim_is_that_of_torchmetrics_where_five_scales_fit() -> None:
    fake, target = pair(176)
    fake = target.lerp(fake, 0.3)
    wanted = multiscale_structural_similarity_index_measure(fake, target, data_range=1.0, normalize="simple")
    assert float(ms_ssim(fake, target)) == pytest.approx(1 - float(wanted), abs=1e-5)


@pytest.mark.parametrize("side", [11, 12, 21, 22, 43, 44, 98, 99])
def test_ms_ssim_takes_as_many_scales_as_fit(side: int) -> None:
    fake, target = pair(side)
    value = float(ms_ssim(target.lerp(fake, 0.5), target))
    assert 0 < value < 1
    assert float(ms_ssim(target, target)) == pytest.approx(0, abs=1e-6)


def test_ms_ssim_goes_by_the_shorter_side() -> None:
    target = torch.rand(1, 3, 200, 44)
    assert float(ms_ssim(target, target)) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("function", [ssim, ms_ssim])
def test_pictures_smaller_than_the_window_get_a_line(function: type) -> None:
    with pytest.raises(UsageError, match="11 pixels a side, not 10"):
        function(*pair(10))


@pytest.mark.parametrize("loss", [ImageLoss.ssim, ImageLoss.ms_ssim])
def test_a_missing_package_gets_its_line_before_the_first_step(
    loss: ImageLoss, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torchmetrics.functional", None)
    with pytest.raises(UsageError, match=r"pip install 'gantool\[eval\]'"):
        make_image_loss(loss, never)


def test_ldl_weighs_by_local_times_global_variance() -> None:
    fake, target = pair(9)
    residual = (fake - target).abs().sum(1, keepdim=True)
    padded = torch.nn.functional.pad(residual, (3, 3, 3, 3), mode="reflect")
    windows = padded.unfold(2, 7, 1).unfold(3, 7, 1).flatten(4)
    weights = windows.var(4) * residual.var((1, 2, 3), keepdim=True) ** 0.2
    wanted = (weights * (fake - target).abs()).mean()
    assert float(ldl(fake, target)) == pytest.approx(float(wanted), rel=1e-4)


def test_ldl_overlooks_an_even_error_and_sees_an_artefact() -> None:
    target = torch.full((1, 3, 32, 32), 0.5)
    even = target + 0.1
    spotted = target.clone()
    spotted[..., 10:14, 10:14:2] += 0.9
    assert float(ldl(even, target)) == pytest.approx(0, abs=1e-9)
    assert float(ldl(spotted, target)) > 1e-4
    assert float(l1(spotted, target)) < float(l1(even, target))


def test_the_vgg16_is_asked_for_by_those_that_need_it() -> None:
    vgg = Perceptual(torch.nn.Sequential(), {})
    assert make_image_loss(ImageLoss.perceptual, lambda: vgg) is vgg
    with pytest.raises(AssertionError):
        make_image_loss(ImageLoss.style, never)


def test_colour_sees_what_moves_as_a_whole_and_overlooks_detail() -> None:
    target = torch.full((1, 3, 64, 64), 0.5)
    moved = target.clone()
    moved[:, 0] += 0.03
    assert float(colour(moved, target)) == pytest.approx(0.01, rel=1e-4)
    stripes = target.clone()
    stripes[..., ::2] += 0.1
    stripes[..., 1::2] -= 0.1
    assert float(colour(stripes, target)) == pytest.approx(0, abs=1e-6)


def test_colour_that_moves_up_here_and_down_there_does_not_balance() -> None:
    target = torch.full((1, 3, 64, 64), 0.5)
    moved = target.clone()
    moved[..., :32] += 0.1
    moved[..., 32:] -= 0.1
    # Of the squares, three in a row, those in the middle have both halves.
    assert float(colour(moved, target)) == pytest.approx(0.1 * 2 / 3, rel=1e-4)
