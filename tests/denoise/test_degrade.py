"""Noise is of the level it claims, differs by picture, repeats with its seed, and moves no colours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from gantool.train.codec import jpeg
from gantool_denoise.camera import Camera, bayer, camera_noise, demosaic
from gantool_denoise.compress import jpeg_some
from gantool_denoise.degrade import GaussianShares, Sample, gaussian, patches, told
from gantool_denoise.mixture import PhotoShares, photo


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def grey(count: int = 16, side: int = 64, value: float = 0.5) -> Tensor:
    return torch.full((count, 3, side, side), value)


def ramp(count: int = 4, side: int = 64) -> Tensor:
    return torch.linspace(0.1, 0.9, side).expand(count, 3, side, side).clone()


@pytest.mark.parametrize("spoil", [gaussian, photo])
def test_a_seed_gives_one_batch_and_another_gives_another(
    spoil: Callable[[Tensor, torch.Generator], Sample],
) -> None:
    first, again, other = (spoil(ramp(), seeded(seed)) for seed in (1, 1, 2))
    assert torch.equal(first.noisy, again.noisy)
    assert torch.equal(first.sigma, again.sigma)
    assert not torch.equal(first.noisy, other.noisy)


def test_gaussian_noise_has_the_level_it_claims() -> None:
    sample = gaussian(grey(32), seeded(), GaussianShares(clean=0.0, clipped=0.0, grey=0.0))
    measured = (sample.noisy - sample.clean).std(dim=(1, 2, 3))
    torch.testing.assert_close(measured, sample.sigma.flatten(), rtol=0.05, atol=1e-4)
    assert sample.sigma.max() <= 55 / 255
    assert sample.sigma.unique().numel() == 32


def test_clean_clipped_and_grey_samples() -> None:
    clean = torch.rand(4, 3, 32, 32, generator=seeded())
    untouched = gaussian(clean, seeded(), GaussianShares(clean=1.0, clipped=0.0, grey=0.0))
    assert torch.equal(untouched.noisy, clean)
    clipped = gaussian(clean, seeded(), GaussianShares(clean=0.0, clipped=1.0, grey=0.0)).noisy
    assert clipped.min() >= 0
    torch.testing.assert_close(clipped * 255, (clipped * 255).round(), atol=1e-4, rtol=0)
    colourless = gaussian(clean, seeded(), GaussianShares(clean=0.0, clipped=0.0, grey=1.0))
    assert torch.equal(colourless.noisy[:, 0], colourless.noisy[:, 2])
    assert torch.equal(colourless.clean[:, 0], colourless.clean[:, 2])


def test_photo_samples_are_what_a_file_holds_and_the_target_is_not_touched() -> None:
    clean = ramp(24)
    sample = photo(clean, seeded(), PhotoShares(cards=0.0, grey=0.0))
    assert torch.equal(sample.clean, clean)
    assert (sample.noisy.min(), sample.noisy.max()) >= (0, 0)
    torch.testing.assert_close(sample.noisy * 255, (sample.noisy * 255).round(), atol=1e-4, rtol=0)
    assert (sample.sigma == 0).any()
    assert (sample.sigma > 5 / 255).any()
    assert sample.sigma.max() <= 60.001 / 255


def test_cards_of_one_colour_reach_the_corners_of_the_colour_cube() -> None:
    sample = photo(ramp(64), seeded(), PhotoShares(cards=1.0, grey=0.0))
    flattened = sample.clean.flatten(2)
    assert torch.equal(flattened.amin(2), flattened.amax(2))
    colours = flattened[..., 0]
    assert 0 <= colours.min() <= colours.max() <= 1
    pure = ((colours == 0) | (colours == 1)).all(1)
    assert 0 < pure.sum() < len(colours)
    assert len(colours[pure].unique(dim=0)) > 2
    assert (sample.noisy - sample.clean).abs().amax() > 0
    few = photo(ramp(64), seeded(), PhotoShares(cards=0.2, grey=0.0)).clean
    assert 0 < (few == ramp(64)).flatten(1).all(1).sum() < 64


def test_camera_noise_is_correlated_coloured_and_stronger_in_light() -> None:
    camera = Camera(shot=(0.01, 0.01), read=(1e-4, 1e-4), chroma_blur=0.0, resampled=0.0)
    noise = camera_noise(grey(8, 128), seeded(), camera)
    neighbours = (noise[..., 1:] * noise[..., :-1]).mean() / noise.square().mean()
    assert neighbours > 0.15  # white noise has none; demosaicking spreads it
    assert abs(float(noise.mean())) < 2 / 255  # the tone curve is bent: noise darkens a little
    linear = lambda value: float(  # noqa: E731 - noise before the tone curve, whose slope is known
        camera_noise(grey(8, 64, value), seeded(), camera).std() * 2.2 * value**1.2
    )
    assert linear(0.8) > 1.5 * linear(0.3)


def test_noise_without_light_is_read_noise_alone() -> None:
    dark = Camera(shot=(0.01, 0.01), read=(1e-9, 1e-9))
    assert camera_noise(grey(2, 32, 0.0), seeded(), dark).abs().max() < 1e-4


@pytest.mark.parametrize(("row", "column"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_a_mosaic_keeps_one_colour_for_a_pixel_and_flat_colours_come_back(row: int, column: int) -> None:
    flat = torch.tensor([0.2, 0.5, 0.9]).view(1, 3, 1, 1).expand(1, 3, 16, 16)
    mosaic = bayer(flat, row, column)
    assert (mosaic != 0).sum(1).unique().tolist() == [1]
    assert mosaic[0, 0, row, column] == pytest.approx(0.2)
    torch.testing.assert_close(demosaic(mosaic)[..., 2:-2, 2:-2], flat[..., 2:-2, 2:-2])


def test_jpeg_takes_away_more_at_lower_quality() -> None:
    image = torch.rand(3, 64, 64, generator=seeded())
    errors = [float((jpeg(image, quality) - image).square().mean()) for quality in (95, 60, 30)]
    assert errors == sorted(errors)
    assert errors[0] > 0


def test_some_are_compressed_with_the_grid_anywhere() -> None:
    images = torch.rand(8, 3, 32, 32, generator=seeded())
    assert torch.equal(jpeg_some(images, 0.0, (50, 60), seeded()), images)
    compressed = jpeg_some(images, 1.0, (50, 60), seeded())
    assert ((compressed - images).abs().amax((1, 2, 3)) > 0).all()
    straight = torch.stack([jpeg(image, quality, 0) for image in images for quality in (55,)])
    assert not torch.equal(compressed, straight)


@pytest.mark.parametrize(("reduced", "deviation"), [(0.0, 0.28), (1.0, 0.2)])
def test_patches_are_cut_out_or_shrunk(reduced: float, deviation: float) -> None:
    large = torch.rand(6, 3, 64, 64, generator=seeded())
    small = patches(large, seeded(), reduced)
    assert small.shape == (6, 3, 32, 32)
    if reduced:
        assert small.std() < deviation
    else:
        assert small.std() > deviation
        assert all((large[i, 0] == small[i, 0, 0, 0]).any() for i in range(6))


def test_levels_are_told_with_an_error() -> None:
    sample = Sample(grey(400, 2), torch.full((400, 1, 1, 1), 0.1), grey(400, 2))
    heard = told(sample, seeded(), spread=0.1, offset=0.0).sigma
    assert float((heard / 0.1).log().std()) == pytest.approx(0.1, rel=0.15)
    assert told(sample, seeded(), spread=0.0, offset=1.0).sigma.min() == 0
