"""`--longest`: results no larger than they are wanted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gantool.errors import UsageError
from gantool.inference.outcome import Size
from gantool.inference.picture import Layers
from gantool.inference.reducing import size_within, within
from gantool.inference.saving import Saving
from tests.inference.toys import noise


@pytest.mark.parametrize(
    ("given", "longest", "size"),
    [
        ((600, 400), 300, (300, 200)),
        ((400, 600), 300, (200, 300)),
        ((601, 400), 300, (300, 200)),
        ((5000, 2), 100, (100, 1)),
        ((300, 200), 300, (300, 200)),
        ((300, 200), 900, (300, 200)),
        ((300, 200), None, (300, 200)),
    ],
)
def test_proportions_are_kept_and_nothing_is_enlarged(
    given: tuple[int, int], longest: int | None, size: tuple[int, int]
) -> None:
    assert size_within(*given, longest) == Size(*size)


def test_what_fits_is_left_alone() -> None:
    layers = Layers(noise(20, 10))
    assert within(layers, 20) is layers


@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_lanczos(channels: int) -> None:
    pixels = noise(40, 30, channels)
    image = Image.fromarray(pixels.squeeze())
    wanted = np.asarray(image.resize((20, 15), Image.Resampling.LANCZOS)).reshape(15, 20, channels)
    assert np.array_equal(within(Layers(pixels), 20).pixels, wanted)


def test_sixteen_bits_stay_sixteen_bits_and_do_not_wrap() -> None:
    pixels = noise(40, 30).astype(np.uint16) * 257
    small = within(Layers(pixels), 20).pixels
    assert small.dtype == np.uint16
    red = Image.fromarray(noise(40, 30)[..., 0].astype(np.float32)).resize((20, 15), Image.Resampling.LANCZOS)
    assert np.abs(small[..., 0] / 257 - np.asarray(red).clip(0, 255)).max() <= 0.01
    edge = np.zeros((30, 40, 3), np.uint16)
    edge[:, 20:] = 65535  # Lanczos rings beyond both ends of the range
    ringing = within(Layers(edge), 13).pixels
    assert ringing[:, 0].max() == 0
    assert ringing[:, -1].min() == 65535


def test_hidden_colours_do_not_come_in() -> None:
    pixels = np.full((32, 32, 3), (0, 255, 0), np.uint8)  # green, where nobody sees it
    alpha = np.zeros((32, 32), np.uint8)
    pixels[:, 11:], alpha[:, 11:] = (200, 0, 0), 255
    small = within(Layers(pixels, alpha), 16)
    assert small.alpha is not None
    assert small.alpha.shape == (16, 16)
    assert small.alpha[:, 0].max() == 0
    assert small.alpha[:, -1].min() == 255
    assert small.pixels[small.alpha > 0][:, 1].max() == 0


@pytest.mark.parametrize("background", [0, 255])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_faint_shadow_does_not_darken_the_edge_beside_it(kind: type[Any], background: int) -> None:
    """What is reduced looks, over any background, as what is there reduced."""
    unit = np.iinfo(kind).max // 255
    pixels, alpha = np.zeros((64, 64, 3), kind), np.full((64, 64), 77 * unit, kind)
    pixels[:, :30], alpha[:, :30] = 255 * unit, 255 * unit
    small = within(Layers(pixels, alpha), 16)
    assert small.alpha is not None
    seen = over(pixels / unit, alpha / unit, background)[..., 0].astype(np.float32)
    wanted = Image.fromarray(seen).resize((16, 16), Image.Resampling.LANCZOS)
    made = over(small.pixels / unit, small.alpha / unit, background)[..., 0]
    # What rings below black is cut. Unweighted, it was 45.
    assert np.abs(made - np.asarray(wanted).clip(0, 255)).max() < 20


def over(pixels: NDArray[Any], alpha: NDArray[Any], background: int) -> NDArray[Any]:
    share = alpha[..., None] / 255
    made: NDArray[Any] = pixels * share + background * (1 - share)
    return made


@pytest.mark.parametrize("longest", [0, -5])
def test_a_size_that_is_none_is_refused(longest: int) -> None:
    with pytest.raises(UsageError, match="--longest"):
        Saving(90, False, longest)
