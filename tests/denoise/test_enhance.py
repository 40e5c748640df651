from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from gantool.errors import UsageError, WeightError
from gantool.images import ArrayPicture
from gantool.inference.engine import Engine, enhance_picture
from gantool.inference.picture import Layers, enhance_layers
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool_denoise.degrade import luma
from gantool_denoise.enhance import DenoiseEnhancer
from gantool_denoise.options import DenoiseOptions, Kind, Size, needed_weights
from tests.denoise.pictures import make_weight, noise, smooth

TOLD = DenoiseOptions(sigma="20")


def run(
    options: DenoiseOptions,
    picture: ArrayPicture | None = None,
    tile: int = 0,
    precision: Precision = Precision.FP32,
) -> NDArray[Any]:
    settings = Settings("cpu", precision, tile)
    enhancer = DenoiseEnhancer(options, [make_weight()])
    return enhance_picture(enhancer, picture or noise(), settings=settings, dtype=np.float32).pixels


@pytest.mark.parametrize("tile", [8, 33, 64])
def test_tiled_equals_untiled(tile: int) -> None:
    picture = noise(300, 170)
    np.testing.assert_allclose(run(TOLD, picture, tile), run(TOLD, picture), atol=1e-5)


def test_tiled_equals_untiled_when_the_level_is_estimated() -> None:
    np.testing.assert_allclose(run(DenoiseOptions(), tile=16), run(DenoiseOptions()), atol=1e-5)


def test_bf16_stays_within_two_grey_levels_and_keeps_the_mean() -> None:
    difference = (run(TOLD) - run(TOLD, precision=Precision.BF16)) * 255
    assert np.abs(difference).max() <= 2
    assert abs(difference.mean()) < 0.1


def test_strength_blends_with_the_input() -> None:
    full, half, none = (run(DenoiseOptions(sigma="20", strength=value)) for value in (1.0, 0.5, 0.0))
    np.testing.assert_allclose(half, (full + none) / 2, atol=1e-6)
    pixels = np.random.default_rng(0).integers(0, 256, (61, 83, 3), dtype=np.uint8)
    np.testing.assert_allclose(none, pixels / np.float32(255), atol=1e-6)


def test_chroma_only_keeps_luma() -> None:
    changed, kept = (run(DenoiseOptions(sigma="20", chroma_only=on)) for on in (False, True))
    before, after, other = (
        luma(torch.from_numpy(pixels).permute(2, 0, 1)[None])
        for pixels in (run(DenoiseOptions(sigma="20", strength=0)), kept, changed)
    )
    torch.testing.assert_close(after, before, atol=1e-5, rtol=0)
    assert (other - before).abs().max() > 1e-3
    assert np.abs(kept - changed).max() > 1e-3


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_has_no_colour_noise_and_comes_out_as_it_went_in(channels: int, dtype: Any) -> None:
    grey = np.random.default_rng(0).integers(0, np.iinfo(dtype).max, (150, 70, 1), dtype=dtype)
    pixels = grey.repeat(channels, axis=2)
    enhancer = DenoiseEnhancer(DenoiseOptions(chroma_only=True), [make_weight()])
    made = enhance_picture(enhancer, ArrayPicture(pixels), dtype=dtype)
    assert np.array_equal(made.pixels, pixels)
    if channels == 3:
        pixels[140, 3, 1] ^= 1  # one coloured pixel far down
        made = enhance_picture(enhancer, ArrayPicture(pixels), dtype=dtype)
        assert not np.array_equal(made.pixels, pixels)


def test_the_estimate_is_told_and_a_given_level_is_not() -> None:
    picture = ArrayPicture(np.array(smooth(64, 64)))
    blind = enhance_picture(DenoiseEnhancer(DenoiseOptions(), [make_weight()]), picture)
    assert blind.report.found.startswith("noise level ")
    assert enhance_picture(DenoiseEnhancer(TOLD, [make_weight()]), picture).report.found == ""


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 3), (40, 9)])
def test_small_and_grey_pictures(width: int, height: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 1), dtype=np.uint8)
    assert run(DenoiseOptions(), ArrayPicture(pixels)).shape == (height, width, 1)


@pytest.mark.parametrize("sigma", ["900", "-1", "much", "nan"])
def test_levels_that_cannot_be_meant_are_refused(sigma: str) -> None:
    with pytest.raises(UsageError, match=sigma):
        DenoiseOptions(sigma=sigma)


def test_options_name_the_weights_they_need() -> None:
    assert needed_weights(DenoiseOptions()) == ("denoise-photo-compact",)
    assert needed_weights(DenoiseOptions(kind=Kind.gaussian, size=Size.large)) == ("denoise-gaussian-large",)


def test_other_architectures_are_refused() -> None:
    with pytest.raises(WeightError, match="some-other-net"):
        DenoiseEnhancer(DenoiseOptions(), [make_weight(architecture="some-other-net")])


def test_a_cut_out_has_the_noise_of_what_is_seen() -> None:
    drawn = np.random.default_rng(0).normal(128, 20, (200, 200, 3)).clip(0, 255).astype(np.uint8)
    alpha = np.zeros((200, 200), np.uint8)
    alpha[40:160, 40:160] = 255
    engine = Engine(DenoiseEnhancer(DenoiseOptions(), [make_weight()]), Settings("cpu", Precision.FP32))
    found = []
    for hidden in (0, 255):
        pixels = np.where(alpha[..., None] > 0, drawn, np.uint8(hidden))
        made, report = enhance_layers(engine, Layers(pixels, alpha), {})
        assert made.alpha is alpha
        assert (made.pixels[alpha == 0] == hidden).all()
        found.append(report.found)
    assert found[0] == found[1]


def test_views_are_averaged_in_tiles_and_in_one_piece() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    enhancer = DenoiseEnhancer(TOLD, [make_weight()])
    whole, tiled, turned = (
        enhance_picture(
            enhancer,
            ArrayPicture(seen),
            settings=Settings("cpu", Precision.FP32, tile, tta=8),
            dtype=np.float32,
        ).pixels
        for seen, tile in ((pixels, 0), (pixels, 16), (np.rot90(pixels).copy(), 0))
    )
    np.testing.assert_allclose(tiled, whole, atol=1e-5)
    np.testing.assert_allclose(turned, np.rot90(whole), atol=1e-5)
