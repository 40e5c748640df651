"""Any tile size gives the picture that no tiling gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from gantool.inference.engine import enhance_picture
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool.task import Box, Geometry
from tests.inference.toys import ToyEnhancer, ToyPicture, noise


def run(enhancer: ToyEnhancer, pixels: np.ndarray, tile: int, dtype: type = np.float32) -> np.ndarray:
    how = Settings(device="cpu", precision=Precision.FP32, tile=tile)
    return enhance_picture(enhancer, ToyPicture(pixels), settings=how, dtype=dtype).pixels


cases = {
    "width": some.integers(1, 40),
    "height": some.integers(1, 40),
    "tile": some.integers(1, 24),
    "scale": some.integers(1, 3),
    "stride": some.sampled_from([1, 2, 4]),
    "depth": some.integers(0, 3),
    "seed": some.integers(0, 99),
}


@settings(max_examples=120, deadline=None)
@given(**cases)
def test_whole_weights_are_bit_equal(
    width: int, height: int, tile: int, scale: int, stride: int, depth: int, seed: int
) -> None:
    enhancer = ToyEnhancer(scale=scale, stride=stride, depth=depth, whole_weights=True, seed=seed)
    pixels = noise(width, height, seed=seed)
    assert np.array_equal(run(enhancer, pixels, tile), run(enhancer, pixels, 0))


@settings(max_examples=60, deadline=None)
@given(**cases)
def test_real_weights_are_equal_to_the_last_bits(
    width: int, height: int, tile: int, scale: int, stride: int, depth: int, seed: int
) -> None:
    enhancer = ToyEnhancer(scale=scale, stride=stride, depth=depth, seed=seed)
    pixels = noise(width, height, seed=seed)
    assert np.abs(run(enhancer, pixels, tile) - run(enhancer, pixels, 0)).max() <= 1e-5
    levels = run(enhancer, pixels, tile, np.uint8).astype(int) - run(enhancer, pixels, 0, np.uint8)
    assert np.abs(levels).max() <= 1


def test_the_output_has_the_size_of_the_unpadded_input() -> None:
    assert run(ToyEnhancer(scale=3, stride=4), noise(13, 7), 8).shape == (21, 39, 3)


def test_a_halo_that_is_too_small_shows() -> None:
    pixels = noise(32, 32)
    short = ToyEnhancer(depth=3, whole_weights=True, geometry=Geometry(halo=2))
    assert not np.array_equal(run(short, pixels, 8), run(short, pixels, 0))


@pytest.mark.parametrize("tile", [0, 5, 8])
def test_regions_leave_the_rest_as_it_is(tile: int) -> None:
    regions = [Box(3, 4, 9, 5), Box(20, 20, 30, 30)]
    pixels = noise(28, 30)
    part = run(ToyEnhancer(stride=2, whole_weights=True, only=regions), pixels, tile, np.uint8)
    whole = run(ToyEnhancer(stride=2, whole_weights=True), pixels, 0, np.uint8)
    inside = np.zeros(pixels.shape[:2], bool)
    inside[4:9, 3:12] = inside[20:, 20:] = True
    assert np.array_equal(part[~inside], pixels[~inside])
    assert np.array_equal(part[inside], whole[inside])


def test_no_regions_at_all_is_a_copy() -> None:
    pixels = noise(9, 9, dtype=np.uint16)
    enhancer = ToyEnhancer(only=[])
    assert np.array_equal(run(enhancer, pixels, 0, np.uint16), pixels)
    assert enhancer.seen == []
