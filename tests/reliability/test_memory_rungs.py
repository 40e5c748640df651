"""Memory that runs out in a tile: at every precision, every size of tile, and where the two meet."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from gantool.errors import Code, DeviceError
from gantool.inference.engine import enhance_picture
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool.task import Box
from tests.inference.toys import ToyEnhancer, ToyPicture, noise

RUNGS = [Precision.FP16, Precision.BF16, Precision.FP32]


class Tight(ToyEnhancer):
    """Has memory for so many pixels; in reduced precision its output is infinite, if that is wanted."""

    def __init__(self, room: int, *, overflows: bool = False) -> None:
        super().__init__(whole_weights=True)
        self.room, self.overflows = room, overflows
        self.refused: list[torch.dtype] = []

    def __call__(self, image: Tensor, box: Box, state: object) -> Tensor:
        weight = next(self.module.parameters())
        reduced = weight.dtype is not torch.float32
        if box.width * box.height > self.room and not (reduced and self.overflows):
            self.refused.append(weight.dtype)
            raise torch.OutOfMemoryError("injected")
        output = super().__call__(image, box, state)
        return output * float("inf") if reduced and self.overflows else output


def settings(precision: Precision) -> Settings:
    return Settings("cpu", precision, 0)


@pytest.mark.parametrize("precision", RUNGS)
@pytest.mark.parametrize("room", [48 * 48, 20 * 20])
def test_at_every_precision_and_every_size_of_tile(precision: Precision, room: int) -> None:
    picture, tight = ToyPicture(noise(64, 64)), Tight(room)
    result = enhance_picture(tight, picture, settings=settings(precision))
    whole = enhance_picture(ToyEnhancer(whole_weights=True), picture, settings=settings(precision))
    assert np.array_equal(result.pixels, whole.pixels)
    assert tight.refused
    assert len(result.report.notes) >= 1
    assert 0 < result.report.tile < 64


@pytest.mark.parametrize("precision", RUNGS[:2])
def test_on_the_rung_that_an_overflow_leads_to(precision: Precision) -> None:
    picture, tight = ToyPicture(noise(64, 64)), Tight(30 * 30, overflows=True)
    result = enhance_picture(tight, picture, settings=settings(precision))
    whole = enhance_picture(ToyEnhancer(whole_weights=True), picture, settings=settings(Precision.FP32))
    assert np.array_equal(result.pixels, whole.pixels)
    assert set(tight.refused) == {torch.float32}
    assert result.report.retries[-1].used is Precision.FP32


@pytest.mark.parametrize("precision", RUNGS)
def test_where_no_tile_is_small_enough_it_is_a_line(precision: Precision) -> None:
    with pytest.raises(DeviceError, match="no memory left") as caught:
        enhance_picture(Tight(0), ToyPicture(noise(40, 40)), settings=settings(precision))
    assert caught.value.kind is Code.MEMORY
