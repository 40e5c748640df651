"""Deep holes are filled with patches from elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from gantool.images import ArrayPicture
from gantool.task import Box
from gantool_inpaint.coarse import Coarse
from gantool_inpaint.exemplar import DEEP, MOST_CORRECTED, _correction, deep_part, exemplar_fill
from gantool_inpaint.options import InpaintOptions, Kind
from gantool_inpaint.patches import Matcher
from tests.inpaint.pictures import fill

SIDE = 128
BOX = Box(40, 46, 40, 36)


def stripes(kind: Any = np.uint8, channels: int = 3) -> NDArray[Any]:
    """Return slanting stripes, as wide as a smooth fill cannot show."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    wave = 0.5 + 0.4 * np.sin((columns + 0.5 * rows) * 2 * np.pi / 12)
    most = np.iinfo(kind).max
    return np.repeat(np.rint(wave * most)[..., None], channels, 2).astype(kind)


def grey(box: Box) -> Coarse:
    """Return a guess that says nothing: middle grey."""
    return Coarse(box, box, 1, torch.full((1, 3, box.height, box.width), 0.5))


def hole() -> NDArray[np.uint8]:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[BOX.y : BOX.y + BOX.height, BOX.x : BOX.x + BOX.width] = 255
    return mask


def error(made: NDArray[Any], wanted: NDArray[Any]) -> float:
    """Return the mean absolute error in the hole, 1 being white."""
    apart = np.abs(made.astype(float) - wanted)[hole() > 0].mean() / np.iinfo(wanted.dtype).max
    return float(apart)


def test_only_what_a_large_square_fits_into_is_deep() -> None:
    holes = np.zeros((200, 300), np.bool_)
    holes[20:52, 10:290] = True  # a row short of a square
    holes[100:133, 40:90] = True
    holes[110:120, 90:200] = True
    wanted = np.zeros_like(holes)
    wanted[100:133, 40:90] = True
    assert (deep_part(holes) == wanted).all()
    assert 2 * DEEP + 1 == 33


def test_a_hole_at_the_border_is_as_deep_as_it_goes_on_inside() -> None:
    holes = np.zeros((80, 80), np.bool_)
    holes[:40, :40] = True
    assert (deep_part(holes) == holes).all()


@pytest.mark.parametrize(("kind", "channels"), [(np.uint8, 3), (np.uint16, 1)])
def test_a_pattern_goes_on_through_a_deep_hole_and_nothing_else_changes(kind: Any, channels: int) -> None:
    pixels = stripes(kind, channels)
    spoiled = pixels.copy()
    spoiled[hole() > 0] = 0
    borrowed, smooth = (
        fill(spoiled, InpaintOptions(which), hole()).pixels for which in (Kind.photo, Kind.fidelity)
    )
    assert error(borrowed, pixels) < 0.05 < error(smooth, pixels)
    assert (borrowed[hole() == 0] == pixels[hole() == 0]).all()


def test_what_stands_in_a_deep_hole_does_not_matter() -> None:
    one, other = stripes(), stripes()
    other[hole() > 0] = 7
    assert (fill(one, InpaintOptions(), hole()).pixels == fill(other, InpaintOptions(), hole()).pixels).all()


def test_thin_parts_of_a_hole_are_the_networks() -> None:
    mask = hole()
    mask[60:64, 80:120] = 255
    deep = deep_part(mask > 0)
    both = fill(stripes(), InpaintOptions(), mask).pixels
    assert deep[60, 60]
    assert not deep[61, 100]
    assert (both[60:64, 84:120] != stripes()[60:64, 84:120]).any()
    assert (both[mask == 0] == stripes()[mask == 0]).all()


def test_candidates_differ_by_the_seed() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)
    one, two = (fill(noise, InpaintOptions(variants=2), hole(), candidate=turn).pixels for turn in (1, 2))
    assert (one != two)[hole() > 0].mean() > 0.5
    assert (one == fill(noise, InpaintOptions(), hole()).pixels).all()


def test_tiles_give_what_the_whole_gives() -> None:
    whole = fill(stripes(), InpaintOptions(), hole()).pixels
    assert (fill(stripes(), InpaintOptions(), hole(), tile=64).pixels == whole).all()


def test_where_too_little_is_known_the_network_fills() -> None:
    mask = np.full((SIDE, SIDE), 255, np.uint8)
    mask[:4] = 0
    box = Box(0, 4, SIDE, SIDE - 4)
    assert exemplar_fill(ArrayPicture(stripes()), ArrayPicture(mask), box, grey(box), 0) is None
    made = fill(stripes(), InpaintOptions(), mask).pixels
    assert (made[:4] == stripes()[:4]).all()


def test_what_is_borrowed_is_as_rough_as_what_is_around() -> None:
    rough = np.random.default_rng(3).choice(np.array([50, 205], np.uint8), (SIDE, SIDE, 1)).repeat(3, 2)
    made = exemplar_fill(ArrayPicture(rough), ArrayPicture(hole()[..., None]), BOX, grey(BOX), 0)
    assert made is not None
    # Means of patches have 0.91 to 0.97 of the spread, by how much the best of them have the say.
    assert float(made.at(BOX, torch.device("cpu")).std()) > 0.99 * rough.std() / 255


def test_tones_are_brought_to_those_around_and_other_things_do_not_glow_into_the_hole() -> None:
    matcher = Matcher(torch.from_numpy(hole() > 0), torch.Generator())
    image = torch.full((3, SIDE, SIDE), 0.5)
    darker = torch.full_like(image, 0.47)
    torch.testing.assert_close(_correction(matcher, image, darker), image - darker)
    beside = image.clone()
    beside[1, :, BOX.x + BOX.width :] = 1
    assert _correction(matcher, beside, image).max() <= MOST_CORRECTED


def test_large_surroundings_are_filled_reduced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gantool_inpaint.exemplar.MOST_PIXELS", 70 * 70)
    monkeypatch.setattr("gantool_inpaint.exemplar.MOST_MATCHED", 35 * 35)
    picture, mask = ArrayPicture(stripes()), ArrayPicture(hole())
    made = exemplar_fill(picture, mask, BOX, grey(BOX), 0)
    assert made is not None
    assert made.factor == 2
    assert made.at(BOX, torch.device("cpu")).shape == (1, 3, BOX.height, BOX.width)


def test_patches_are_looked_for_that_look_like_the_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hole between two plains, either of which could fill it; here the guess decides alone."""
    monkeypatch.setattr("gantool_inpaint.exemplar.GUIDE", 20)
    pixels = np.random.default_rng(5).integers(0, 40, (SIDE, SIDE, 3)).astype(np.uint8)
    pixels[:, SIDE // 2 :] += 180
    box = Box(SIDE // 2 - 20, 46, 40, 36)
    mask = np.zeros((SIDE, SIDE, 1), np.uint8)
    mask[box.y : box.y + box.height, box.x : box.x + box.width] = 255
    means = []
    for tone in (20 / 255, 200 / 255):
        guess = Coarse(box, box, 1, torch.full((1, 3, box.height, box.width), tone))
        made = exemplar_fill(ArrayPicture(pixels), ArrayPicture(mask), box, guess, 0)
        assert made is not None
        means.append(float(made.at(box, torch.device("cpu")).mean()))
    assert means[0] < 0.3
    assert means[1] > 0.6
