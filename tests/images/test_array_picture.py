from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_fixtures import colour
from torch.nn.functional import interpolate

from gantool.images import ArrayPicture
from gantool.task import Box, Picture

SIDES = st.integers(1, 9)


@settings(deadline=None, max_examples=60)
@given(SIDES, SIDES, st.integers(-40, 40), st.integers(-40, 40), st.integers(1, 50), st.integers(1, 50))
def test_crops_reflect_as_numpy_does(height: int, width: int, x: int, y: int, across: int, down: int) -> None:
    pixels = colour(height, width)
    padded = np.pad(pixels, ((100, 100), (100, 100), (0, 0)), mode="reflect")
    part = padded[100 + y : 100 + y + down, 100 + x : 100 + x + across]
    expected = torch.from_numpy(part.astype(np.float32) / 255).permute(2, 0, 1)[None]
    assert torch.equal(ArrayPicture(pixels).crop(Box(x, y, across, down)), expected)


def test_crops_of_sixteen_bits_and_grey() -> None:
    pixels = colour(8, 9, np.uint16, 1)
    picture: Picture = ArrayPicture(pixels)
    assert (picture.width, picture.height, picture.channels) == (9, 8, 1)
    tensor = picture.crop(Box(2, 1, 4, 3))
    assert tensor.shape == (1, 1, 3, 4)
    assert tensor.dtype == torch.float32
    assert torch.equal(
        (tensor[0, 0] * 65535).round(), torch.from_numpy(pixels[1:4, 2:6, 0].astype(np.float32))
    )
    assert ArrayPicture(pixels[..., 0]).channels == 1


def test_crops_can_be_changed_without_changing_the_picture() -> None:
    pixels = colour()
    before = pixels.copy()
    ArrayPicture(pixels).crop(Box(0, 0, 24, 16)).zero_()
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize(
    ("height", "width", "longest"), [(16, 24, 24), (16, 24, 7), (33, 20, 10), (64, 3, 8)]
)
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_reduction_is_by_area(height: int, width: int, longest: int, kind: type) -> None:
    pixels = colour(height, width, kind)
    found = ArrayPicture(pixels).reduced(longest)
    assert max(found.shape[2:]) <= longest
    whole = ArrayPicture(pixels).crop(Box(0, 0, width, height))
    expected = interpolate(whole.contiguous(), size=found.shape[2:], mode="area")
    assert torch.allclose(found, expected, atol=1e-6)


def test_a_small_picture_is_not_enlarged() -> None:
    pixels = colour(5, 7)
    picture = ArrayPicture(pixels)
    assert torch.equal(picture.reduced(100), picture.crop(Box(0, 0, 7, 5)))


def test_neither_the_package_nor_a_decode_imports_torch() -> None:
    code = (
        "import sys, gantool.images.formats; assert 'numpy' not in sys.modules and 'PIL' not in sys.modules; "
        "from gantool.images import *; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_floats_are_taken_as_they_are() -> None:
    pixels = np.array([[[-0.25], [1.5]]], np.float32)
    assert ArrayPicture(pixels).crop(Box(0, 0, 2, 1)).flatten().tolist() == [-0.25, 1.5]
    assert pixels.flatten().tolist() == [-0.25, 1.5]
