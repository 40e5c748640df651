from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gantool.errors import TrainError
from gantool.train.held_out import GRID_SIDE, grid_of, middle_of


def test_the_middle_has_sides_of_a_multiple(tmp_path: Path) -> None:
    pixels = np.zeros((50, 90, 3), np.uint8)
    pixels[25, 45] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    middle = middle_of(tmp_path / "a.png", 40, 16)
    assert middle.shape == (1, 3, 32, 32)
    assert middle[0, 0].nonzero().tolist() == [[16, 16]]
    assert float(middle.max()) == 1


def test_a_grid_has_four_rows_of_one_size() -> None:
    rows = [
        (torch.full((1, 3, 200 + index, 300), index / 4), torch.rand(1, 3, 220, 250) + 1)
        for index in range(9)
    ]
    grid = grid_of(rows)
    assert grid.shape == (3, 4 * GRID_SIDE, 2 * GRID_SIDE)
    assert grid[0, ::GRID_SIDE, 0].tolist() == [0, 0.5, 1, 1]
    assert float(grid.max()) == 1


def test_the_smallest_picture_rules_the_grid() -> None:
    assert grid_of([(torch.rand(1, 3, 20, 30),), (torch.rand(1, 3, 25, 10),)]).shape == (3, 40, 10)


@pytest.mark.parametrize(("width", "height", "least"), [(3, 3, 1), (200, 5, 1), (64, 11, 12)])
def test_what_is_too_small_to_validate_on_is_named(
    tmp_path: Path, width: int, height: int, least: int
) -> None:
    Image.new("RGB", (width, height)).save(tmp_path / "a.png")
    with pytest.raises(TrainError, match=rf"a\.png has {width} x {height} pixels.*; .*--val"):
        middle_of(tmp_path / "a.png", 40, 8, least)
