"""What marks holes, and boxes around them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gantool.errors import UsageError
from gantool.images import ArrayPicture
from gantool.task import Box
from gantool_inpaint.coarse import first_factor
from gantool_inpaint.distance import distance
from gantool_inpaint.holes import find_holes
from gantool_inpaint.options import InpaintOptions, candidates, extras_for
from gantool_inpaint.regions import areas, cost, groups
from gantool_inpaint.sources import Colour, read_box, read_found, read_polygon
from tests.inpaint.pictures import hole, photo


def test_sources_are_united() -> None:
    pixels = photo()
    pixels[:, 100:] = (250, 3, 255)
    options = InpaintOptions(
        mask_from=["color:#ff00ff~6"], box=["-4,5,10,6"], polygon=["20,80 31,80 31,89 20,89"]
    )
    found = find_holes(ArrayPicture(pixels), {"mask": ArrayPicture(hole())}, options)
    wanted = hole() > 0
    wanted[:, 100:] = True
    wanted[5:11, :6] = True
    wanted[80:90, 20:32] = True
    assert (found == wanted).all()


def test_a_colour_is_met_as_closely_as_is_said() -> None:
    pixels = np.array([[[255, 0, 255], [250, 0, 255], [249, 0, 255]]], np.uint8)
    for tolerance, wanted in ((0, [True, False, False]), (5, [True, True, False])):
        options = InpaintOptions(mask_from=[f"color:#ff00ff~{tolerance}"])
        assert find_holes(ArrayPicture(pixels), {}, options).tolist() == [wanted]


def test_an_inverted_mask_leaves_other_sources_alone() -> None:
    options = InpaintOptions(invert_mask=True, box=["0,0,3,3"])
    found = find_holes(ArrayPicture(photo()), {"mask": ArrayPicture(255 - hole())}, options)
    assert found.sum() == 30 * 20 + 9


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"mask_from": ["colour:red"]}, "write alpha"),
        ({"mask_from": ["color:#ff00ff~300"]}, "write alpha"),
        ({"box": ["1,2,3"]}, "x,y,width,height"),
        ({"box": ["1,2,0,9"]}, "x,y,width,height"),
        ({"polygon": ["1,2 3,4"]}, "three corners"),
    ],
)
def test_what_cannot_be_read_is_a_line(wrong: dict[str, list[str]], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        InpaintOptions(**wrong)  # type: ignore[arg-type]


def test_what_is_read() -> None:
    assert read_found("color:#0A0b0c~7") == Colour((10, 11, 12), 7)
    assert read_box("1, 2, 3, 4") == Box(1, 2, 3, 4)
    assert read_polygon("0,0  9,0 9,-9") == ((0, 0), (9, 0), (9, -9))


def test_the_mask_is_needed_where_nothing_else_marks_holes() -> None:
    assert extras_for(InpaintOptions())[0].required
    assert not extras_for(InpaintOptions(box=["1,1,1,1"]))[0].required
    assert extras_for(InpaintOptions(fit_mask=True))[0].fitted
    assert candidates(InpaintOptions(variants=3)) == 3


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_distances(seed: int, reach: int) -> None:
    rng = np.random.default_rng(seed)
    marked = rng.random((17, 23)) < 0.02
    marked[rng.integers(17), rng.integers(23)] = True
    rows, columns = np.nonzero(marked)
    y, x = np.mgrid[:17, :23]
    wanted = np.sqrt((y[..., None] - rows) ** 2 + (x[..., None] - columns) ** 2).min(-1)
    wanted[wanted > reach] = reach + 1
    np.testing.assert_allclose(distance(torch.from_numpy(marked), reach).numpy(), wanted, atol=1e-5)


def test_groups_are_tight_boxes_and_near_holes_are_one() -> None:
    holes = np.zeros((600, 900), np.bool_)
    holes[10:14, 20:30] = holes[40:45, 50:52] = True
    holes[500:510, 800:900] = True
    assert set(groups(holes)) == {Box(20, 10, 32, 35), Box(800, 500, 100, 10)}
    assert groups(np.zeros((5, 5), np.bool_)) == ()


def test_a_long_scratch_is_cut_to_what_it_covers() -> None:
    holes = np.eye(3000, dtype=np.bool_)
    (box,) = groups(holes)
    parts = areas(holes, box)
    assert sum(map(cost, parts)) < cost(box) / 4
    covered = np.zeros_like(holes)
    for part in parts:
        covered[part.y : part.y + part.height, part.x : part.x + part.width] = True
    assert covered[holes].all()


@pytest.mark.parametrize(("side", "factor"), [(10, 1), (64, 1), (66, 2), (128, 2), (140, 4), (1000, 16)])
def test_how_far_away_a_hole_is_looked_at_from(side: int, factor: int) -> None:
    holes = torch.zeros(side + 2, side + 2, dtype=torch.bool)
    holes[1:-1, 1:-1] = True
    assert first_factor(holes) == factor


def test_a_colour_that_is_hidden_marks_nothing() -> None:
    pixels = np.full((4, 6, 3), (255, 0, 255), np.uint8)
    alpha = np.array([[0, 0, 0, 1, 255, 255]] * 4, np.uint8)
    pixels[:, 5] = 0
    options = InpaintOptions(mask_from=["color:#ff00ff"])
    found = find_holes(ArrayPicture(pixels), {"alpha": ArrayPicture(alpha)}, options)
    assert found.tolist() == [[False, False, False, True, True, False]] * 4
