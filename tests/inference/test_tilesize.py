from __future__ import annotations

import pytest

from gantool.errors import Code, ImageError
from gantool.inference.tilesize import Machine, choose_tile
from gantool.task import Geometry

GIB = 2**30


def cpu(free: int = 16 * GIB, bytes_per_pixel: int = 1000) -> Machine:
    return Machine(free, is_gpu=False, bytes_per_pixel=bytes_per_pixel)


def gpu(free: int = 16 * GIB, bytes_per_pixel: int = 1000) -> Machine:
    return Machine(free, is_gpu=True, bytes_per_pixel=bytes_per_pixel)


def test_a_small_picture_goes_through_in_one_piece() -> None:
    assert choose_tile(300, 200, Geometry(halo=16), cpu()) == 0


def test_a_wide_halo_asks_for_larger_tiles() -> None:
    narrow = choose_tile(4000, 3000, Geometry(halo=4), cpu(bytes_per_pixel=100))
    wide = choose_tile(4000, 3000, Geometry(halo=66), cpu(bytes_per_pixel=100))
    assert 192 <= narrow <= 512 < wide


def test_a_gpu_takes_larger_tiles_than_a_cpu() -> None:
    assert choose_tile(9000, 9000, Geometry(halo=8), gpu()) > choose_tile(9000, 9000, Geometry(halo=8), cpu())


@pytest.mark.parametrize("free", [GIB // 8, GIB, 4 * GIB])
def test_what_a_tile_reads_fits_into_memory(free: int) -> None:
    geometry = Geometry(halo=10)
    tile = choose_tile(9000, 9000, geometry, gpu(free))
    assert (tile + 20) ** 2 * 1000 <= free / 2


def test_an_inexact_geometry_goes_through_whole_where_it_fits() -> None:
    inexact = Geometry(halo=8, exact=False)
    assert choose_tile(2000, 2000, inexact, gpu()) == 0
    assert choose_tile(9000, 9000, inexact, gpu()) > 0


def test_what_cannot_be_tiled_is_not() -> None:
    assert choose_tile(9000, 9000, Geometry(tileable=False), gpu(1)) == 0


def test_a_whole_that_does_not_fit_is_a_matter_of_memory() -> None:
    with pytest.raises(ImageError, match="GiB") as caught:
        cpu(999).check_whole(1, 1, "")
    assert caught.value.kind is Code.MEMORY
    cpu(1000).check_whole(1, 1, "")


def test_the_tile_is_never_below_the_multiple() -> None:
    assert choose_tile(9000, 9000, Geometry(multiple_of=256), gpu(1)) == 256
