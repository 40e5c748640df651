from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from gantool.errors import ImageError, UsageError, WeightError
from gantool.images import ArrayPicture
from gantool.images.colour import srgb_profile
from gantool.inference.engine import Engine, enhance_picture
from gantool.inference.picture import Layers, enhance_layers
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool.task import LoadedWeight
from gantool_style_transfer.enhance import StyleEnhancer, luma
from gantool_style_transfer.options import StyleOptions
from gantool_style_transfer.style_image import read_painting
from tests.style_transfer.painted import ANY_STYLE, make_weight, photo, pixels, save_painting

PLAIN = StyleOptions()


def run(
    options: StyleOptions = PLAIN,
    picture: ArrayPicture | None = None,
    tile: int = 0,
    weight: LoadedWeight | None = None,
    precision: Precision = Precision.FP32,
) -> NDArray[Any]:
    enhancer = StyleEnhancer(options, [weight or make_weight()])
    settings = Settings("cpu", precision, tile)
    return enhance_picture(enhancer, picture or photo(), settings=settings, dtype=np.float32).pixels


def decibels(first: NDArray[Any], second: NDArray[Any]) -> float:
    return float(-10 * np.log10(np.square(first - second).mean() + 1e-20))


@pytest.mark.parametrize("stroke_size", [0.5, 0.8, 1.0, 1.3, 2.0])
def test_tiles_agree_at_every_stroke_size(stroke_size: float) -> None:
    options = StyleOptions(stroke_size=stroke_size)
    whole = run(options)
    for tile in (16, 64):
        np.testing.assert_allclose(run(options, tile=tile), whole, atol=1e-5)


def test_tiles_agree_where_statistics_are_of_a_reduction_alone() -> None:
    picture = photo(900, 64)
    assert decibels(run(picture=picture, tile=128), run(picture=picture)) > 90


def test_reduced_precision_tiles_agree_as_well() -> None:
    tiled, whole = (run(tile=tile, precision=Precision.BF16) for tile in (48, 0))
    assert decibels(tiled, whole) >= 45


def test_no_seam_is_stronger_than_what_lies_inside_tiles() -> None:
    tile = 48
    apart = np.abs(np.diff(run(tile=tile), axis=1)).mean((0, 2))
    seams = np.arange(tile, len(apart), tile) - 1
    inside = np.delete(apart, seams)
    assert apart[seams].mean() <= inside.mean() + 2 * inside.std() / len(seams) ** 0.5


def test_a_tile_alone_would_be_painted_otherwise() -> None:
    """What the tests above would miss if statistics were each tile's own."""
    picture = photo()
    alone = run(picture=ArrayPicture(pixels(150, 110)[:, :48]))
    assert decibels(alone, run(picture=picture)[:, :48]) < 45


def test_strokes_of_half_the_size_are_those_of_a_picture_twice_as_large() -> None:
    small, large = photo(64, 48), ArrayPicture(pixels(64, 48).repeat(2, 0).repeat(2, 1))
    fine = run(StyleOptions(stroke_size=0.5), small)
    enlarged = run(picture=large).reshape(48, 2, 64, 2, 3).mean((1, 3))
    assert decibels(fine, enlarged) > decibels(run(picture=small), enlarged) + 3


def test_strength_lays_the_painting_over_the_photograph() -> None:
    full, half, none = (run(StyleOptions(strength=share)) for share in (1.0, 0.5, 0.0))
    np.testing.assert_allclose(half, (full + none) / 2, atol=1e-6)
    np.testing.assert_allclose(none, pixels(150, 110) / np.float32(255), atol=1e-6)


def test_keep_color_takes_brightness_from_the_painting_and_the_rest_from_the_photograph() -> None:
    before, kept, painted = (
        torch.from_numpy(one).permute(2, 0, 1)[None]
        for one in (run(StyleOptions(strength=0)), run(StyleOptions(keep_color=True)), run())
    )
    torch.testing.assert_close(luma(kept), luma(painted), atol=1e-5, rtol=0)
    torch.testing.assert_close(kept - luma(kept), before - luma(before), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (7, 3), (40, 9)])
def test_grey_photographs_become_coloured_unless_colours_are_kept(width: int, height: int) -> None:
    grey = ArrayPicture(pixels(width, height)[..., :1])
    assert run(picture=grey).shape == (height, width, 3)
    assert run(StyleOptions(keep_color=True), grey).shape == (height, width, 1)


def test_alpha_stays_and_sixteen_bits_are_filled() -> None:
    deep = pixels(60, 40).astype(np.uint16) * 257
    alpha = np.arange(60 * 40, dtype=np.uint16).reshape(40, 60)
    engine = Engine(StyleEnhancer(PLAIN, [make_weight()]), Settings("cpu", Precision.FP32))
    result, _ = enhance_layers(engine, Layers(deep, alpha), {})
    assert result.pixels.dtype == np.uint16
    assert result.alpha is not None
    assert np.array_equal(result.alpha, alpha)
    assert len(np.unique(result.pixels % 257)) > 100
    seen = alpha > 0
    np.testing.assert_allclose(result.pixels[seen] / 65535, run(picture=photo(60, 40))[seen], atol=1e-3)


def test_the_painting_decides_and_tiles_agree_for_any_style(tmp_path: Path) -> None:
    weight = make_weight(ANY_STYLE)
    first, second = (save_painting(tmp_path / f"{seed}.png", seed=seed) for seed in (1, 2))
    whole = run(StyleOptions(style=str(first)), weight=weight)
    np.testing.assert_allclose(run(StyleOptions(style=str(first)), tile=32, weight=weight), whole, atol=1e-5)
    assert decibels(run(StyleOptions(style=str(second)), weight=weight), whole) < 40


@pytest.mark.parametrize(("width", "height"), [(16, 12), (1600, 16)])
@pytest.mark.parametrize("stroke_size", [1.0, 2.0])
def test_small_and_very_long_pictures_are_painted_as_more_of_the_same_is(
    width: int, height: int, stroke_size: float
) -> None:
    part = pixels(width, height)
    across, down = -(-480 // width), -(-480 // height)
    turned = np.concatenate((part, part[:, ::-1]), 1)
    more = np.tile(np.concatenate((turned, turned[::-1])), (down, across, 1))[: max(height, 480)]
    options = StyleOptions(stroke_size=stroke_size)
    painted, painted_more = (run(options, ArrayPicture(each)) for each in (part, more))
    np.testing.assert_allclose(painted.mean((0, 1)), painted_more.mean((0, 1)), atol=0.005)


def test_a_painting_is_taken_as_it_is_seen(tmp_path: Path) -> None:
    seen = pixels(90, 80, seed=3)
    Image.fromarray(seen).save(tmp_path / "plain.png")
    wide = np.full((100, 130, 4), (255, 0, 255, 0), np.uint8)
    wide[10:90, 20:110, :3], wide[10:90, 20:110, 3] = seen, 255
    Image.fromarray(wide).save(tmp_path / "cut-out.png")
    plain, cut_out = (read_painting(tmp_path / name) for name in ("plain.png", "cut-out.png"))
    assert torch.equal(cut_out, plain)


def test_the_profile_of_a_painting_says_what_its_colours_are(tmp_path: Path) -> None:
    seen, icc = pixels(90, 80, seed=3), srgb_profile()
    swapped = icc.replace(b"rXYZ", b"tmpX", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"tmpX", b"gXYZ", 1)
    Image.fromarray(seen).save(tmp_path / "plain.png")
    Image.fromarray(seen[..., [1, 0, 2]]).save(tmp_path / "swapped.png", icc_profile=swapped)
    plain, converted = (read_painting(tmp_path / name) for name in ("plain.png", "swapped.png"))
    torch.testing.assert_close(converted, plain, atol=0.02, rtol=0)


def test_grey_paintings_will_do_and_tiny_ones_are_refused(tmp_path: Path) -> None:
    from PIL import Image

    grey = tmp_path / "grey.png"
    Image.fromarray(pixels(70, 70)[..., 0]).save(grey)
    weight = make_weight(ANY_STYLE)
    assert np.isfinite(run(StyleOptions(style=str(grey)), weight=weight)).all()
    tiny = save_painting(tmp_path / "tiny.png", 300, 63)
    with pytest.raises(ImageError, match=r"tiny.png is 300 x 63; both sides need 64 pixels"):
        run(StyleOptions(style=str(tiny)), weight=weight)


def test_style_and_weight_must_go_together(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--style is needed; a painting's file, or one of "):
        run(weight=make_weight(ANY_STYLE))
    painting = save_painting(tmp_path / "p.png")
    with pytest.raises(UsageError, match=r"w.safetensors paints in one style"):
        run(StyleOptions(style=str(painting)))
    with pytest.raises(WeightError, match="some-other-net"):
        run(weight=make_weight(architecture="some-other-net"))
