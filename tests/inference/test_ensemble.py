"""`--tta`: the mean over turned and mirrored views."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from torch import Tensor

from gantool.errors import UsageError
from gantool.inference.engine import Engine, enhance_picture
from gantool.inference.ensemble import VIEWS, averaged, check_tta
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool.task import Geometry
from tests.inference.toys import ToyEnhancer, ToyPicture, noise

Turn = Callable[[np.ndarray], np.ndarray]

QUARTERS: list[Turn] = [lambda pixels, k=k: np.rot90(pixels, k) for k in range(4)]
MIRRORED: list[Turn] = [lambda pixels, k=k: np.rot90(pixels[:, ::-1], k) for k in range(4)]
KEPT: dict[int, list[Turn]] = {2: QUARTERS[::2], 4: QUARTERS, 8: QUARTERS + MIRRORED}
"""The turns under which a mean over so many views turns with the picture."""


def run(enhancer: ToyEnhancer, pixels: np.ndarray, tta: int, tile: int = 0) -> np.ndarray:
    how = Settings(device="cpu", precision=Precision.FP32, tile=tile, tta=tta)
    return enhance_picture(enhancer, ToyPicture(pixels), settings=how, dtype=np.float32).pixels


@pytest.mark.parametrize("tta", KEPT)
def test_the_result_turns_with_the_picture(tta: int) -> None:
    enhancer = ToyEnhancer(scale=2, turnable=True)
    pixels = noise(21, 14)
    upright = run(enhancer, pixels, tta)
    for turn in KEPT[tta]:
        turned = run(enhancer, np.ascontiguousarray(turn(pixels)), tta)
        assert np.allclose(turned, turn(upright), atol=1e-5)
    assert not np.allclose(run(enhancer, pixels, 1), upright, atol=1e-3)


@pytest.mark.parametrize("tta", KEPT)
def test_it_is_the_mean_of_what_the_network_makes_of_each_view(tta: int) -> None:
    enhancer = ToyEnhancer(scale=3)
    pixels = noise(9, 12)
    back: list[Turn] = [lambda made, k=k: np.rot90(made, -k) for k in range(4)]
    mirrored_back: list[Turn] = [lambda made, k=k: np.rot90(made, -k)[:, ::-1] for k in range(4)]
    ways = {2: back[::2], 4: back, 8: back + mirrored_back}[tta]
    views = [run(enhancer, np.ascontiguousarray(turn(pixels)), 1) for turn in KEPT[tta]]
    mean = np.mean([undo(view) for undo, view in zip(ways, views, strict=True)], axis=0)
    assert np.allclose(run(ToyEnhancer(scale=3, turnable=True), pixels, tta), mean, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    width=some.integers(1, 40),
    height=some.integers(1, 40),
    tile=some.integers(1, 24),
    scale=some.integers(1, 3),
    stride=some.sampled_from([1, 2, 4]),
    tta=some.sampled_from([2, 4, 8]),
)
def test_tiles_of_views_give_what_one_piece_gives(
    width: int, height: int, tile: int, scale: int, stride: int, tta: int
) -> None:
    enhancer = ToyEnhancer(scale=scale, stride=stride, turnable=True)
    pixels = noise(width, height)
    assert np.abs(run(enhancer, pixels, tta, tile) - run(enhancer, pixels, tta)).max() <= 1e-5


def test_the_network_is_asked_once_for_each_view() -> None:
    for tta in VIEWS:
        enhancer = ToyEnhancer(turnable=True)
        run(enhancer, noise(8, 6), tta)
        assert len(enhancer.seen) == tta


def test_one_view_is_the_networks_own_output() -> None:
    image = torch.rand(1, 3, 4, 4)
    assert averaged(lambda view: view, image, 1) is image


def test_a_mean_is_of_full_precision() -> None:
    def network(view: Tensor) -> Tensor:
        return view.to(torch.bfloat16)

    image = torch.rand(1, 3, 4, 5)
    mean = averaged(network, image, 8)
    assert mean.dtype == torch.float32
    assert torch.allclose(mean, image.to(torch.bfloat16).float())


def test_a_network_that_does_not_say_it_can_be_turned_is_not() -> None:
    with pytest.raises(UsageError, match="--tta 8"):
        Engine(ToyEnhancer(), Settings(device="cpu", tta=8))


@pytest.mark.parametrize("tta", [0, 3, -2, 16])
def test_other_numbers_of_views_are_refused(tta: int) -> None:
    with pytest.raises(UsageError, match="choose 1, 2, 4, 8"):
        check_tta(tta, Geometry(turnable=True))
