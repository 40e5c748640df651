from __future__ import annotations

import pytest
import torch

from gantool_inpaint.fill import smooth_fill


def hole(height: int, width: int, rows: slice, columns: slice) -> torch.Tensor:
    mask = torch.zeros(1, 1, height, width)
    mask[:, :, rows, columns] = 1
    return mask


def test_what_is_known_stays_and_what_is_hidden_does_not_matter() -> None:
    image, mask = torch.rand(1, 3, 40, 56), hole(40, 56, slice(8, 30), slice(20, 50))
    filled = smooth_fill(image, mask)
    torch.testing.assert_close(filled * (1 - mask), image * (1 - mask))
    assert torch.equal(smooth_fill(image * (1 - mask) + 7 * mask, mask), filled)


@pytest.mark.parametrize(("height", "width"), [(8, 8), (40, 56), (72, 200)])
def test_a_flat_picture_is_filled_with_its_own_colour(height: int, width: int) -> None:
    mask = hole(height, width, slice(1, height - 2), slice(0, width - 1))
    torch.testing.assert_close(
        smooth_fill(torch.full((1, 3, height, width), 0.7), mask), torch.full((1, 3, height, width), 0.7)
    )


def test_a_fill_lies_between_the_colours_around_it_and_rises_with_them() -> None:
    image = torch.linspace(0, 1, 64).expand(1, 3, 64, 64)
    mask = hole(64, 64, slice(0, 64), slice(16, 48))
    filled = smooth_fill(image, mask)
    assert filled.min() >= 0
    assert filled.max() <= 1
    middle = filled[0, 0, 32, 16:48]
    assert middle[0] < middle[8] < middle[23] < middle[31]


def test_a_picture_that_is_all_hole_becomes_nothing() -> None:
    assert torch.equal(
        smooth_fill(torch.rand(1, 3, 16, 16), torch.ones(1, 1, 16, 16)), torch.zeros(1, 3, 16, 16)
    )
