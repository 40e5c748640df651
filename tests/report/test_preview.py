from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from gantool.images import Decoded, Metadata
from gantool.report.detail import detail_map, most_detailed
from gantool.report.preview import SHOWN, TOTAL, Coded, Preview, Window, budget_for, preview

from .galleries import made, noisy


def opened(coded: Coded) -> Image.Image:
    return Image.open(io.BytesIO(coded.content)).convert("RGB")


def spent(one: Preview) -> int:
    return len(one.thumbnail.content) + sum(len(layer.content) for layer in one.layers)


def test_a_small_picture_is_shown_whole_and_its_input_in_its_own_size() -> None:
    one = made()
    assert one.is_whole
    assert one.window == Window(0, 0, 640, 480)
    assert [(layer.width, layer.height) for layer in one.layers] == [(320, 240), (640, 480)]
    assert max(one.thumbnail.width, one.thumbnail.height) <= 256


@pytest.mark.parametrize("count", [20, 200, 400])
def test_the_budget_holds_for_what_compresses_badly(count: int) -> None:
    one = made(count, size=(1200, 900))
    assert spent(one) <= budget_for(count)
    assert spent(one) > 0.5 * budget_for(count)
    assert not one.is_whole
    assert one.window.width == 2 * one.layers[0].width == one.layers[1].width


@pytest.mark.parametrize("scale", [1, 3])
def test_a_picture_longer_than_webp_holds_is_shown_in_part(scale: int) -> None:
    before = Decoded(np.full((20, 17_000, 3), 90, np.uint8))
    one = preview(before, Decoded(before.pixels.repeat(scale, 0).repeat(scale, 1)), budget_for(1))
    assert 16_000 < one.window.width <= 16_383
    assert one.window.height == 20 * scale
    assert not one.is_whole


def test_budgets_never_sum_to_more_than_the_page_holds() -> None:
    assert all(budget_for(count) * min(count, SHOWN) <= TOTAL for count in (1, 7, 200, 400, 5000))


def test_the_window_is_the_same_place_in_all_layers() -> None:
    before = noisy(1000, 800)
    after = Decoded(before.pixels.repeat(2, 0).repeat(2, 1))
    one = preview(before, after, 40_000, after)
    small, large, truth = map(opened, one.layers)
    assert large.size == truth.size == (one.window.width, one.window.height)
    reduced = np.asarray(large.resize(small.size, Image.Resampling.BOX), np.float64)
    assert np.abs(reduced - np.asarray(small, np.float64)).mean() < 12
    cut = after.pixels[one.window.y :, one.window.x :][: one.window.height, : one.window.width]
    assert np.abs(np.asarray(large, np.float64) - cut).mean() < 12


def test_the_window_is_where_there_is_most_to_see() -> None:
    pixels = np.full((400, 600, 3), 120, np.uint8)
    pixels[240:380, 400:580] = noisy(180, 140).pixels
    x, y = most_detailed(detail_map(pixels), 0.25)
    assert 370 <= x * 600 <= 470
    assert 210 <= y * 400 <= 290


def test_16_bits_grey_and_transparency_are_shown() -> None:
    deep = Decoded(np.full((8, 8, 1), 0x80FF, np.uint16), np.full((8, 8), 0xFFFF, np.uint16))
    assert opened(preview(deep, deep, 10_000).layers[1]).getpixel((4, 4)) == pytest.approx((128,) * 3, abs=3)
    clear = Decoded(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.uint8))
    assert opened(preview(clear, clear, 10_000).layers[0]).getpixel((4, 4)) == pytest.approx(
        (214,) * 3, abs=3
    )


def test_colours_are_brought_to_srgb(profile_with_red_and_green_changed: bytes) -> None:
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 255
    swapped = Decoded(red, metadata=Metadata(icc=profile_with_red_and_green_changed))
    pixel = opened(preview(swapped, swapped, 10_000).layers[0]).getpixel((4, 4))
    assert isinstance(pixel, tuple)
    assert pixel[1] > 200 > 60 > pixel[0]
    damaged = Decoded(red, metadata=Metadata(icc=b"no profile"))
    assert opened(preview(damaged, damaged, 10_000).layers[0]).getpixel((4, 4))[0] > 200  # type: ignore[index]


@pytest.fixture
def profile_with_red_and_green_changed() -> bytes:
    from gantool.images.colour import srgb_profile

    icc = srgb_profile()
    return icc.replace(b"rXYZ", b"tmpX", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"tmpX", b"gXYZ", 1)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (3000, 2)])
def test_odd_shapes_have_a_preview(size: tuple[int, int]) -> None:
    one = made(400, size=size)
    assert len(one.layers) == 2
