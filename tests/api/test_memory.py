"""Pictures that are in memory, as arrays and Pillow images, through `gantool.enhance`."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import gantool
from gantool.errors import (
    ImageError,
)
from gantool.inference.given import layers_of
from gantool.inference.picture import Layers
from tests.api.pixels import CPU, doubled, noise

pytestmark = pytest.mark.usefixtures("work")


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(5, 4), (5, 4, 1), (5, 4, 2), (5, 4, 3), (5, 4, 4)])
def test_an_array_keeps_type_and_axes(kind: type, shape: tuple[int, ...]) -> None:
    given = noise(shape, kind)
    made = gantool.enhance(given, "twice", **CPU)
    assert (made.dtype, made.shape) == (given.dtype, (10, 8, *shape[2:]))
    assert np.allclose(made, doubled(given), atol=1e-6)


def test_floats_beyond_white_are_kept() -> None:
    given = np.full((3, 3), 1.5, np.float32)
    assert (gantool.enhance(given, "twice", **CPU) == 1.5).all()


def test_hidden_colours_of_floats_do_not_bleed() -> None:
    given = np.full((6, 6, 4), 0.5, np.float32)
    given[:3] = 0
    made = gantool.enhance(given, "twice", **CPU)
    assert np.allclose(made[..., :3], 0.5, atol=1e-4)
    assert np.array_equal(made[..., 3], doubled(given[..., 3]))


@pytest.mark.parametrize(
    ("mode", "result"),
    [("L", "L"), ("LA", "LA"), ("RGB", "RGB"), ("RGBA", "RGBA"), ("1", "L"), ("P", "RGB"), ("I;16", "I;16")],
)
def test_a_pillow_image_keeps_its_mode_and_what_it_says(mode: str, result: str) -> None:
    image = Image.new(mode, (4, 5))
    image.info["dpi"] = (300, 300)
    made = gantool.enhance(image, "twice", **CPU)
    assert (made.mode, made.size, made.info["dpi"]) == (result, (8, 10), (300, 300))


def test_deep_grey_that_became_colour_is_an_image_of_eight_bits_without_the_profile_of_grey() -> None:
    """Such as a painted one: Pillow has no deeper colours, and raised once all was computed."""
    image = Image.fromarray(noise((5, 4), np.uint16))
    image.info["icc_profile"] = bytes(16) + b"GRAY" + bytes(108)
    _, form = layers_of(image)
    made = form.back(Layers(np.full((5, 4, 3), 257 * 7, np.uint16)))
    assert (made.mode, made.getpixel((0, 0))) == ("RGB", (7, 7, 7))
    assert "icc_profile" not in made.info
    assert form.back(layers_of(image)[0]).info == image.info


@pytest.mark.parametrize("bad", [None, 3, np.zeros((2, 2, 5), np.uint8), np.zeros((2, 2), bool), np.zeros(3)])
def test_what_is_no_picture_is_a_line(bad: object) -> None:
    with pytest.raises(ImageError, match="the picture"):
        gantool.enhance(bad, "twice", **CPU)  # type: ignore[call-overload]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_said_of_the_picture(bad: float) -> None:
    with pytest.raises(ImageError, match="the picture holds values that are no numbers"):
        gantool.enhance(np.full((4, 4, 3), bad), "twice", **CPU)
