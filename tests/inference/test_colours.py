"""Grey pictures that a network gives colours."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from gantool.images import Decoded
from gantool.inference.engine import Engine
from gantool.inference.picture import enhance_decoded
from gantool.inference.result import Settings
from gantool.task import Box, Geometry
from tests.inference.toys import ToyEnhancer

GREY = np.linspace(0, 255, 20 * 30).astype(np.uint8).reshape(20, 30, 1)
ALPHA = GREY[::-1, :, 0].copy()


class Reddened(ToyEnhancer):
    """Leaves red as it is and takes the rest away."""

    def __init__(self, colours: bool) -> None:
        super().__init__(geometry=Geometry(colours=colours))

    def __call__(self, image: Tensor, box: Box, state: object) -> Tensor:
        return image * torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)


@pytest.mark.parametrize("tile", [0, 8])
def test_a_grey_picture_comes_out_in_colour_and_keeps_its_alpha(tile: int) -> None:
    engine = Engine(Reddened(colours=True), Settings("cpu", tile=tile))
    made, _ = enhance_decoded(engine, Decoded(GREY, ALPHA), {})
    assert made.pixels.shape == (20, 30, 3)
    np.testing.assert_array_equal(made.pixels[..., :1], GREY)
    assert not made.pixels[ALPHA > 0, 1:].any()
    assert made.alpha is not None
    np.testing.assert_array_equal(made.alpha, ALPHA)


def test_without_colours_it_stays_grey() -> None:
    made, _ = enhance_decoded(Engine(Reddened(colours=False), Settings("cpu")), Decoded(GREY, None), {})
    assert made.pixels.shape == (20, 30, 1)
