"""The shipped weights leave what is clean alone: flat colour cards, and photographs without noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import gantool
from gantool_denoise.options import Kind

PHOTOS = Path(__file__).parents[2] / "examples" / "photos"
# Reduced to a third, which takes the files' own noise away. *photo* takes the ripples in the boat's water for
# noise (docs/benchmarks.md).
CLEAN = [(kind, name) for kind in Kind for name in ("bridge", "cat", "moon", "nebula", "scooter")]
CLEAN += [(Kind.gaussian, "boat")]
COLOURS = [
    *((grey, grey, grey) for grey in (0, 64, 128, 192, 255)),
    *((255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 255, 255), (255, 0, 255), (255, 255, 0)),
    *((200, 150, 120), (70, 110, 190)),
]


@pytest.fixture(scope="module")
def weights() -> dict[Kind, gantool.Runner]:
    return {kind: gantool.load("denoise", kind=kind.value, device="cpu") for kind in Kind}


@pytest.mark.parametrize("kind", Kind)
def test_flat_cards_keep_their_colour(weights: dict[Kind, gantool.Runner], kind: Kind) -> None:
    for colour in COLOURS:
        card = np.full((48, 64, 3), colour, np.uint8)
        assert np.abs(_signed(weights[kind](card), card)).mean() < 1, colour


@pytest.mark.parametrize(("kind", "name"), CLEAN)
def test_a_clean_photograph_stays_as_it_is(
    weights: dict[Kind, gantool.Runner], kind: Kind, name: str
) -> None:
    with Image.open(PHOTOS / f"{name}.jpg") as image:
        clean = np.asarray(image.convert("RGB").reduce(3))[:200, :200]
    change = _signed(weights[kind](clean), clean)
    assert 10 * np.log10(255**2 / np.square(change).mean()) >= 40
    assert np.abs(change.mean((0, 1))).max() < 1


def _signed(made: object, given: NDArray[np.uint8]) -> NDArray[np.float64]:
    return np.asarray(made, np.float64) - given
