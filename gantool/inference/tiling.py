"""Where tiles lie: pure functions on boxes, in input pixels unless said otherwise. Torch-free.

A picture is padded right and below to multiples of `multiple_of` (its crop reflects), cut into cores
on that grid, and each core is read with the halo around it. The halo is clipped at the padded
picture's borders: there, and only there, a tile ends where the whole picture would, so that a
convolution's zero padding happens in the same places with tiles and without.
"""

from __future__ import annotations

from dataclasses import dataclass

from gantool.task import Box, Geometry


@dataclass(frozen=True)
class Tile:
    """One call of the network: `read` goes in, and of what comes out `core` is kept."""

    core: Box
    read: Box

    def kept(self, scale: int) -> Box:
        """Return the core inside the network's output, in output pixels."""
        return scaled(Box(self.core.x - self.read.x, self.core.y - self.read.y, *size(self.core)), scale)


def size(box: Box) -> tuple[int, int]:
    """Return (width, height)."""
    return box.width, box.height


def scaled(box: Box, scale: int) -> Box:
    """Return the box in output pixels."""
    return Box(box.x * scale, box.y * scale, box.width * scale, box.height * scale)


def round_up(length: int, multiple: int) -> int:
    """Return the smallest multiple of `multiple` that is not below `length`."""
    return -(-length // multiple) * multiple


def padded(width: int, height: int, geometry: Geometry) -> Box:
    """Return the picture with what is added right and below to please the network."""
    return Box(0, 0, round_up(width, geometry.multiple_of), round_up(height, geometry.multiple_of))


def intersection(a: Box, b: Box) -> Box | None:
    """Return what two boxes share, or None."""
    left, top = max(a.x, b.x), max(a.y, b.y)
    right = min(a.x + a.width, b.x + b.width)
    bottom = min(a.y + a.height, b.y + b.height)
    return Box(left, top, right - left, bottom - top) if right > left and bottom > top else None


def aligned(box: Box, multiple: int) -> Box:
    """Return the smallest box on the grid of `multiple` that holds `box`."""
    left, top = box.x // multiple * multiple, box.y // multiple * multiple
    right, bottom = round_up(box.x + box.width, multiple), round_up(box.y + box.height, multiple)
    return Box(left, top, right - left, bottom - top)


def cut(area: Box, tile: int, multiple: int) -> tuple[Box, ...]:
    """Cut an aligned `area` into cores of about equal size with no side above `tile`.

    A `tile` below `multiple` counts as `multiple`; 0 means one core.
    """
    columns = _spans(area.x, area.width, tile, multiple)
    rows = _spans(area.y, area.height, tile, multiple)
    return tuple(Box(x, y, width, height) for y, height in rows for x, width in columns)


def _spans(start: int, length: int, tile: int, multiple: int) -> list[tuple[int, int]]:
    if tile == 0:
        return [(start, length)]
    count = -(-length // max(tile // multiple * multiple, multiple))
    # Equal parts waste less on halos than full tiles and a sliver.
    step = round_up(-(-length // count), multiple)
    return [(start + at, min(step, length - at)) for at in range(0, length, step)]


def with_halo(core: Box, whole: Box, geometry: Geometry) -> Tile:
    """Return the tile that computes `core`, an aligned box inside the padded picture `whole`."""
    margin = round_up(geometry.halo, geometry.multiple_of)
    wide = Box(core.x - margin, core.y - margin, core.width + 2 * margin, core.height + 2 * margin)
    read = intersection(wide, whole)
    if read is None:
        raise ValueError(f"{core} lies outside {whole}")
    return Tile(core, read)


def halved(core: Box, multiple: int) -> int:
    """Return the tile size that cuts `core` in parts half as long, or 0 where it cannot be cut."""
    longest = max(size(core))
    smaller = round_up(-(-longest // 2), multiple)
    return smaller if smaller < longest else 0
