from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_fixtures import colour
from torch.nn.functional import interpolate

from gantool.images import spread_colour


def _bicubic(array: Any) -> Any:
    tensor = torch.from_numpy(array.astype(np.float32)).permute(2, 0, 1)[None]
    return interpolate(tensor, scale_factor=4, mode="bicubic")[0].permute(1, 2, 0).numpy()


def test_no_dark_fringe_after_resampling() -> None:
    down, across = np.mgrid[0:40, 0:40]
    alpha = np.where((down - 20) ** 2 + (across - 20) ** 2 < 120, 255, 0).astype(np.uint8)
    pixels = np.where(alpha[..., None] > 0, np.array([240, 200, 60], np.uint8), np.uint8(0))
    visible = _bicubic(alpha[..., None])[..., 0] > 1
    dark = _bicubic(pixels)[visible].min(axis=0)
    bright = _bicubic(spread_colour(pixels, alpha))[visible].min(axis=0)
    assert np.all(dark < 150)
    assert np.allclose(bright, [240, 200, 60], atol=1)


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 20),
    st.integers(1, 20),
    st.sampled_from([np.uint8, np.uint16]),
    st.floats(0, 1),
    st.integers(0, 99),
)
def test_visible_pixels_are_untouched_and_hidden_ones_are_in_range(
    height: int, width: int, kind: Any, part: float, seed: int
) -> None:
    pixels = colour(height, width, kind)
    rng = np.random.default_rng(seed)
    alpha = rng.integers(1, 256, (height, width)).astype(kind) * (rng.random((height, width)) < part)
    alpha = alpha.astype(kind)
    before = pixels.copy()
    found = spread_colour(pixels, alpha)
    assert np.array_equal(pixels, before)
    assert np.array_equal(found[alpha > 0], pixels[alpha > 0])
    if alpha.any():
        seen = pixels[alpha > 0]
        assert np.all(found >= seen.min(axis=0))
        assert np.all(found <= seen.max(axis=0))


@pytest.mark.parametrize("value", [0, 255])
def test_nothing_to_spread(value: int) -> None:
    pixels = colour()
    assert spread_colour(pixels, np.full(pixels.shape[:2], value, np.uint8)) is pixels
