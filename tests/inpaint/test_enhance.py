"""What is filled, and that nothing else is touched."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from gantool.errors import ImageError
from gantool.images import ArrayPicture
from gantool.inference.engine import Engine
from gantool.inference.picture import Layers, enhance_layers
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool.task import Box
from gantool_inpaint.enhance import Found, InpaintEnhancer
from gantool_inpaint.options import InpaintOptions, Kind
from gantool_inpaint.variants import VARIANTS
from tests.inpaint.pictures import fill, generator, hole, loaded, photo


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("precision", [Precision.FP32, Precision.BF16])
def test_outside_of_holes_every_bit_stays(kind: Any, channels: int, precision: Precision) -> None:
    pixels, mask = photo(channels=channels, kind=kind), hole() > 0
    engine = Engine(InpaintEnhancer(InpaintOptions(), generator()), Settings("cpu", precision))
    made = engine.enhance(ArrayPicture(pixels), {"mask": ArrayPicture(hole())}, pixels.dtype).pixels
    assert (made[~mask] == pixels[~mask]).all()
    assert (made[mask] != pixels[mask]).any(-1).mean() > 0.9


def test_what_stands_in_a_hole_does_not_matter() -> None:
    pixels = photo()
    other = pixels.copy()
    other[hole() > 0] = 255 - other[hole() > 0]
    one, two = (fill(each, InpaintOptions(), hole()).pixels for each in (pixels, other))
    assert (one == two).all()


def test_nothing_marked_is_copied_through_with_a_note() -> None:
    pixels = photo()
    result = fill(pixels, InpaintOptions(), np.zeros_like(hole()))
    assert (result.pixels == pixels).all()
    assert "nothing to fill" in result.report.found


def test_everything_marked_is_refused() -> None:
    white = np.full_like(hole(), 255)
    with pytest.raises(ImageError, match=r"all of the picture is marked: .*; see --invert-mask"):
        fill(photo(), InpaintOptions(), white)
    with pytest.raises(ImageError, match=r"with --invert-mask black means fill; leave it out"):
        fill(photo(), InpaintOptions(invert_mask=True), 255 - white)
    with pytest.raises(ImageError, match="grown by 200"):
        fill(photo(), InpaintOptions(dilate=200), hole())
    with pytest.raises(ImageError, match="mark less of it") as refused:
        fill(photo(), InpaintOptions(box=["0,0,999,999"]))
    assert "mask" not in str(refused.value)


def test_a_polygon_that_marks_nothing_is_refused_though_its_corners_surround_the_picture() -> None:
    with pytest.raises(ImageError, match=r'--polygon "-50,-50 20,-40 -40,20" lies outside'):
        fill(photo(), InpaintOptions(polygon=["-50,-50 20,-40 -40,20", "10,10 50,10 30,40"]))


@pytest.mark.parametrize("kind", list(Kind))
def test_thin_lines_are_enough_to_go_by(kind: Kind) -> None:
    pixels = np.full((300, 300, 3), (230, 120, 40), np.uint8)
    mask = np.full((300, 300), 255, np.uint8)
    mask[150:152, 60:240] = 0
    made = fill(pixels, InpaintOptions(kind), mask).pixels.astype(int)
    # The untrained network adds a little of its own.
    assert np.abs(made - pixels).mean() < 25


def test_a_flat_surface_goes_on_without_a_seam() -> None:
    pixels = np.full((90, 120, 3), (200, 90, 30), np.uint8)
    mask = hole() > 0
    plain = InpaintEnhancer(InpaintOptions(), generator())
    torch.nn.init.zeros_(plain.generator.tail.weight)
    torch.nn.init.zeros_(plain.generator.tail.bias)
    made = Engine(plain, Settings("cpu")).enhance(ArrayPicture(pixels), {"mask": ArrayPicture(hole())}).pixels
    assert np.abs(made[mask].astype(int) - (200, 90, 30)).max() <= 1


def test_feathering_blends_inside_the_edge_alone() -> None:
    pixels, mask = photo(), hole() > 0
    hard = fill(pixels, InpaintOptions(), hole()).pixels.astype(int)
    soft = fill(pixels, InpaintOptions(feather=4), hole()).pixels.astype(int)
    assert (soft[~mask] == pixels[~mask]).all()
    edge = np.abs(soft - hard)[50, 40:70]
    wanted = np.abs(0.8 * (pixels.astype(int) - hard))[50, 40:70]
    assert np.abs(edge - wanted).max() <= 1
    assert (soft[56:64, 46:64] == hard[56:64, 46:64]).all()


def test_dilation_reaches_as_far_as_it_says() -> None:
    pixels = photo()
    changed = (fill(pixels, InpaintOptions(dilate=5), hole()).pixels != pixels).any(-1)
    rows, columns = np.nonzero(changed)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (45, 74, 35, 74)
    assert not changed[46, 36], "corners are round"


def test_ten_small_holes_cost_ten_crops() -> None:
    pixels = np.zeros((1000, 8000, 3), np.uint8)
    boxes = [f"{300 + 700 * index},{400 + 10 * index},24,16" for index in range(10)]
    read: list[Box] = []

    class Counting(InpaintEnhancer):
        def __call__(self, image: torch.Tensor, box: Box, state: Found) -> torch.Tensor:
            read.append(box)
            return super().__call__(image, box, state)

    engine = Engine(Counting(InpaintOptions(box=boxes), generator()), Settings("cpu", Precision.FP32))
    result = engine.enhance(ArrayPicture(pixels))
    assert len(read) == 10
    assert sum(box.width * box.height for box in read) < 10 * 168 * 160
    assert "10 places" in result.report.found
    assert not result.report.notes


def test_deep_holes_are_looked_at_from_farther_away() -> None:
    pixels = photo(400, 300)
    enhancer = InpaintEnhancer(
        InpaintOptions(Kind.fidelity, box=["100,60,200,180", "10,10,20,20"]), generator()
    )
    with torch.inference_mode():
        found = enhancer.prepare(ArrayPicture(pixels), {})
    (first,) = found.coarse
    assert first.box == Box(100, 60, 200, 180)
    assert first.factor == 2
    assert enhancer.describe(found) == "30.3% filled in 2 places"


def test_tiles_of_a_deep_hole_agree() -> None:
    pixels = photo(400, 300)
    options = InpaintOptions(box=["60,40,280,220"])
    whole, tiled = fill(pixels, options), fill(pixels, options, tile=96)
    apart = np.abs(whole.pixels.astype(int) - tiled.pixels.astype(int))
    assert apart.max() <= 2
    assert "tiles of 96" in tiled.report.notes[0]
    assert not whole.report.notes


def test_candidates_differ_and_the_first_is_the_plain_one() -> None:
    pixels, options = photo(), InpaintOptions(variants=8)
    made = [fill(pixels, options, hole(), number).pixels for number in range(1, 9)]
    assert (made[0] == fill(pixels, InpaintOptions(), hole()).pixels).all()
    assert len({one.tobytes() for one in made}) == 8
    for one in made:
        assert (one[hole() == 0] == pixels[hole() == 0]).all()


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_is_shown_otherwise_comes_back(variant: Any) -> None:
    image = torch.rand(1, 3, 4, 6)
    assert torch.equal(variant.back(variant.shown(image)), image)


def test_what_was_filled_is_opaque() -> None:
    pixels, alpha = photo(), 255 - hole()
    alpha[0, 0] = 128
    engine = Engine(InpaintEnhancer(InpaintOptions(mask_from=["alpha"]), generator()), Settings("cpu"))
    layers, _ = enhance_layers(engine, Layers(pixels, alpha), {})
    assert layers.alpha is not None
    assert (layers.alpha == 255).all()
    boxed = Engine(InpaintEnhancer(InpaintOptions(box=["40,50,5,5"]), generator()), Settings("cpu"))
    layers, _ = enhance_layers(boxed, Layers(pixels, alpha), {})
    assert layers.alpha is not None
    assert (layers.alpha[50:55, 40:45] == 255).all()
    assert layers.alpha[60, 60] == 0
    with pytest.raises(ImageError, match="no transparency"):
        enhance_layers(engine, Layers(pixels), {})


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("marked", ["100,60,30,20", "60,40,80,60"])
def test_nothing_is_taken_from_what_is_hidden(kind: Kind, marked: str) -> None:
    pixels = photo(200, 150)
    alpha = np.full((150, 200), 255, np.uint8)
    alpha[:, 125:] = 0
    engine = Engine(InpaintEnhancer(InpaintOptions(kind, box=[marked]), generator()), Settings("cpu"))
    made = []
    for hidden in ((0, 0, 0), (255, 0, 255)):
        pixels[:, 125:] = hidden
        layers, _ = enhance_layers(engine, Layers(pixels.copy(), alpha), {})
        assert layers.alpha is not None
        assert (layers.pixels[layers.alpha == 0] == hidden).all()
        made.append(layers.pixels[layers.alpha > 0])
    assert (made[0] == made[1]).all()


@pytest.mark.parametrize("kind", list(Kind))
def test_what_is_to_go_does_not_come_back_by_the_colours_spread_from_it(kind: Kind) -> None:
    pixels, alpha = np.full((150, 200, 3), 60, np.uint8), np.full((150, 200), 255, np.uint8)
    pixels[50:100, 70:120], alpha[:, 120:] = 250, 0
    options = InpaintOptions(kind, box=["70,50,60,50"])
    plain = generator()
    torch.nn.init.zeros_(plain.tail.weight)
    engine = Engine(InpaintEnhancer(options, plain), Settings("cpu", Precision.FP32))
    layers, _ = enhance_layers(engine, Layers(pixels, alpha), {})
    assert np.abs(layers.pixels[50:100, 70:130].astype(int) - 60).max() <= 3


def test_a_hole_amid_nothing_visible_is_filled() -> None:
    pixels, alpha = np.full((300, 400, 3), 90, np.uint8), np.zeros((300, 400), np.uint8)
    alpha[:, :20] = 255
    pixels[:, 20:] = 0
    plain = generator()
    torch.nn.init.zeros_(plain.tail.weight)
    for kind in Kind:
        options = InpaintOptions(kind, box=["330,30,40,240", "250,10,9,9"])
        layers, _ = enhance_layers(
            Engine(InpaintEnhancer(options, plain), Settings("cpu", Precision.FP32)),
            Layers(pixels, alpha),
            {},
        )
        assert np.abs(layers.pixels[30:270, 330:370].astype(int) - 90).max() <= 3
        assert np.abs(layers.pixels[10:19, 250:259].astype(int) - 90).max() <= 3


def test_feathering_blends_with_nothing_transparent() -> None:
    pixels, alpha = photo(), 255 - hole()
    alpha[50:70, 67:70] = 100
    made = []
    for feather in (0, 6):
        options = InpaintOptions(mask_from=["alpha"], feather=feather)
        engine = Engine(InpaintEnhancer(options, generator()), Settings("cpu", Precision.FP32))
        made.append(enhance_layers(engine, Layers(pixels, alpha), {})[0].pixels)
    differs = (made[0] != made[1]).any(-1)
    assert not differs[alpha == 0].any()
    assert differs[alpha == 100].any()


@pytest.mark.parametrize(("told", "said"), [("photo", "fidelity"), ("fidelity", "")])
def test_what_a_weight_was_trained_for_decides_how_holes_are_filled(told: str, said: str) -> None:
    pixels, box = photo(200, 150), ["60,40,80,60"]
    enhancer = InpaintEnhancer.from_weights(InpaintOptions(Kind(told), box=box), [loaded(said)])
    made = Engine(enhancer, Settings("cpu", Precision.FP32)).enhance(ArrayPicture(pixels)).pixels
    assert (made == fill(pixels, InpaintOptions(Kind.fidelity, box=box)).pixels).all()
