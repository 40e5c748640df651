"""PSNR and SSIM beside scikit-image's and torchmetrics' figures."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import Tensor
from torchmetrics.functional.image import (
    peak_signal_noise_ratio as torchmetrics_psnr,
)
from torchmetrics.functional.image import (
    structural_similarity_index_measure as torchmetrics_ssim,
)

from gantool.metrics import luma, psnr, psnr_y, ssim, ssim_y

SIZES = [(40, 56), (33, 29)]


def pair(size: tuple[int, int], channels: int = 3, noise: float = 12.0) -> tuple[Tensor, Tensor]:
    """A smooth seeded picture and a noisy copy, (1, C, H, W), whole steps of 1 / 255."""
    rng = np.random.default_rng(size[0])
    coarse = torch.from_numpy(rng.uniform(0, 255, (1, channels, 5, 7)))
    clean = torch.nn.functional.interpolate(coarse, size=size, mode="bicubic").clamp(0, 255).round()
    noisy = clean + torch.from_numpy(rng.normal(0, noise, clean.shape))
    return noisy.clamp(0, 255).round().div(255).float(), clean.div(255).float()


def as_array(image: Tensor) -> np.ndarray:
    return image[0].permute(1, 2, 0).double().numpy()


def skimage_ssim(output: np.ndarray, target: np.ndarray, **more: object) -> float:
    gaussian = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    return float(structural_similarity(output, target, data_range=1.0, **gaussian, **more))


@pytest.mark.parametrize("size", SIZES)
def test_luma_is_that_of_rgb2ycbcr(size: tuple[int, int]) -> None:
    image, _ = pair(size)
    np.testing.assert_allclose(luma(image)[0, 0].numpy() * 255, rgb2ycbcr(as_array(image))[..., 0], atol=1e-4)


def test_luma_of_black_white_and_grey() -> None:
    image = torch.tensor([0.0, 1.0, 0.5]).view(1, 1, 1, 3)
    expected = torch.tensor([16.0, 235.0, 125.5]).double()
    torch.testing.assert_close(luma(image).flatten() * 255, expected)
    torch.testing.assert_close(luma(image.expand(1, 3, 1, 3)).flatten() * 255, expected)


@pytest.mark.parametrize("size", SIZES)
def test_psnr_is_that_of_scikit_image_and_torchmetrics(size: tuple[int, int]) -> None:
    output, target = pair(size)
    expected = peak_signal_noise_ratio(as_array(target), as_array(output), data_range=1.0)
    assert psnr(output, target) == pytest.approx(expected, abs=1e-6)
    assert psnr(output, target) == pytest.approx(float(torchmetrics_psnr(output, target, 1.0)), abs=1e-3)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("channels", [1, 3])
def test_ssim_is_that_of_scikit_image_and_torchmetrics(size: tuple[int, int], channels: int) -> None:
    output, target = pair(size, channels)
    expected = skimage_ssim(as_array(output), as_array(target), channel_axis=2)
    assert ssim(output, target) == pytest.approx(expected, abs=1e-6)
    _, everywhere = torchmetrics_ssim(
        output.double(), target.double(), data_range=1.0, return_full_image=True
    )
    # torchmetrics takes the mean over the reflected border too, which the papers leave out.
    inside = everywhere[..., 5:-5, 5:-5].mean()
    assert ssim(output, target) == pytest.approx(float(inside), abs=1e-6)


@pytest.mark.parametrize("border", [0, 2, 4])
def test_luma_figures_are_of_what_the_border_leaves(border: int) -> None:
    output, target = pair((40, 56))
    inside = slice(border, -border or None)
    y_output, y_target = (rgb2ycbcr(as_array(image))[inside, inside, 0] / 255 for image in (output, target))
    expected = peak_signal_noise_ratio(y_target, y_output, data_range=1.0)
    assert psnr_y(output, target, border) == pytest.approx(expected, abs=1e-4)
    assert ssim_y(output, target, border) == pytest.approx(skimage_ssim(y_output, y_target), abs=1e-6)


def test_equal_images() -> None:
    image, _ = pair((20, 20))
    assert psnr(image, image) == math.inf
    assert ssim(image, image) == pytest.approx(1.0)


def test_a_picture_that_is_not_finite_has_no_quality() -> None:
    image, _ = pair((20, 20))
    spoilt = image.clone()
    spoilt[0, 0, 3, 5] = math.nan
    assert math.isnan(psnr(spoilt, image))
    assert math.isnan(psnr_y(spoilt, image, 0))
    assert math.isnan(ssim(spoilt, image))


@pytest.mark.parametrize("measure", [psnr, ssim])
def test_other_shapes_are_refused(measure: Callable[[Tensor, Tensor], float]) -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        measure(torch.zeros(1, 1, 20, 20), torch.zeros(1, 3, 20, 20))


@pytest.mark.parametrize("measure", [psnr, psnr_y, ssim, ssim_y])
def test_what_is_not_a_number_is_not_equal(measure: Callable[[Tensor, Tensor, int], float]) -> None:
    """A network that overflows would otherwise be the best that a run has seen, and what it exports."""
    image = torch.full((1, 3, 16, 16), 0.5)
    spoiled = image.index_fill(3, torch.tensor([4]), math.nan)
    assert math.isnan(measure(spoiled, image, 0))


def test_nothing_inside_the_border_is_not_equal() -> None:
    image = torch.rand(1, 3, 8, 8)
    assert math.isnan(psnr(image, image, 4))
