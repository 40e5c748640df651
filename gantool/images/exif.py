"""EXIF blocks, mended in place.

Nothing is rebuilt: the few stale values are overwritten where they stand, so that every offset stays
what it was. Maker notes keep offsets of their own, which is why rebuilding a block breaks them.
(Exif 3.0, CIPA DC-008: section 4.6.)
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from gantool.images import ifd
from gantool.images.ifd import Layout, Place

_ORIENTATION = 0x0112
_WIDTHS = {0x0100, 0xA002, 0x1001}
_HEIGHTS = {0x0101, 0xA003, 0x1002}
_THUMBNAIL_AT, _THUMBNAIL_BYTES = 0x0201, 0x0202
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 0x011A, 0x011B, 0x0128
_MAKER_NOTE = 0x927C
_MOST_DIRECTORIES = 8
"""A block has three or four."""
_MALFORMED = (ValueError, struct.error)


def bare(block: bytes | None) -> bytes | None:
    """Return a block without the `Exif` prefix some formats put before it; None when nothing is left."""
    if block and block.startswith(b"Exif\0\0"):
        block = block[6:]
    return block or None


def orientation(block: bytes | None) -> int:
    """Return the orientation, 1 to 8; 1 where there is none or it makes no sense."""
    for place, value in _numbers(block):
        if place.tag == _ORIENTATION and 1 <= value <= 8:
            return value
    return 1


def upright(block: bytes | None) -> bytes | None:
    """Reset the orientation to 1."""
    return _overwritten(block, {_ORIENTATION: 1})


def mended(block: bytes | None, width: int, height: int) -> bytes | None:
    """Return the block for a picture of another size: dimensions set, orientation 1, no thumbnail."""
    wanted = {_ORIENTATION: 1} | dict.fromkeys(_WIDTHS, width) | dict.fromkeys(_HEIGHTS, height)
    return _without_thumbnail(_overwritten(block, wanted))


def resolution(block: bytes | None) -> tuple[float, float] | None:
    """Return pixels per inch, where the block tells them."""
    if not block:
        return None
    try:
        layout, first = ifd.read_header(io.BytesIO(block))
        return directory_resolution(ifd.read(io.BytesIO(block), layout, first, 0), layout)
    except _MALFORMED:
        return None


def directory_resolution(directory: ifd.Directory, layout: Layout) -> tuple[float, float] | None:
    """Return pixels per inch from a directory's resolution tags (unit 2: inch, 3: centimetre)."""
    unit = ifd.number(directory.data(_RESOLUTION_UNIT) or b"", layout.order) or 2
    found = []
    for tag in (_X_RESOLUTION, _Y_RESOLUTION):
        data = directory.data(tag) or b""
        above, below = struct.unpack(layout.order + "II", data) if len(data) == 8 else (0, 0)
        if not above or not below or unit not in (2, 3):
            return None
        found.append(above / below * (2.54 if unit == 3 else 1.0))
    return found[0], found[1]


def without_maker_note(block: bytes) -> bytes | None:
    """Return the block without its maker note: the way to fit one that is too long for a JPEG segment."""
    try:
        layout, first = ifd.read_header(io.BytesIO(block))
        directory = ifd.read(io.BytesIO(block), layout, first)
    except _MALFORMED:
        return None
    exif = directory.children.get(ifd.EXIF_IFD)
    if exif:
        directory.children[ifd.EXIF_IFD] = exif.without(frozenset({_MAKER_NOTE}))
    return pack(directory, layout.order)


def pack(directory: ifd.Directory, order: str) -> bytes:
    """Return a directory as an EXIF block."""
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return magic + struct.pack(order + "I", 8) + ifd.write(directory, Layout(order), 8)


def _numbers(block: bytes | None) -> Iterator[tuple[Place, int]]:
    """Yield each single integer of the block's directories and where it stands; stop where it is broken."""
    if not block:
        return
    try:
        stream = io.BytesIO(block)
        layout, first = ifd.read_header(stream)
        if not layout.big:
            yield from _walk(block, stream, layout, first, set())
    except _MALFORMED:
        return


def _walk(
    block: bytes, stream: io.BytesIO, layout: Layout, at: int, seen: set[int]
) -> Iterator[tuple[Place, int]]:
    """Go through a directory and those below it, each once: a hostile block has them point at one another."""
    seen.add(at)
    for place in ifd.places(stream, layout, at)[0]:
        if place.length != 1 or place.type not in (ifd.SHORT, ifd.LONG):
            continue
        form = layout.order + ("H" if place.type == ifd.SHORT else "I")
        value = struct.unpack_from(form, block, place.value_at)[0]
        yield place, value
        if (
            place.tag in (ifd.EXIF_IFD, ifd.INTEROP_IFD)
            and value not in seen
            and len(seen) < _MOST_DIRECTORIES
        ):
            yield from _walk(block, stream, layout, value, seen)


def _overwritten(block: bytes | None, wanted: dict[int, int]) -> bytes | None:
    """Overwrite single integers by tag. A SHORT that no longer fits becomes a LONG: both are inline."""
    if not block:
        return None
    order, out = "<" if block[:2] == b"II" else ">", bytearray(block)
    for place, _ in _numbers(block):
        value = wanted.get(place.tag)
        if value is None:
            continue
        kind = ifd.SHORT if place.type == ifd.SHORT and value < 1 << 16 else ifd.LONG
        struct.pack_into(order + "H", out, place.at + 2, kind)
        data = struct.pack(order + ("H" if kind == ifd.SHORT else "I"), value)
        out[place.value_at : place.value_at + 4] = data.ljust(4, b"\0")
    return bytes(out)


def _without_thumbnail(block: bytes | None) -> bytes | None:
    """Unlink the second directory and wipe the thumbnail it holds, cutting it off where it comes last."""
    if not block:
        return None
    out, stream = bytearray(block), io.BytesIO(block)
    try:
        layout, first = ifd.read_header(stream)
        link = ifd.places(stream, layout, first)[1]
        second = struct.unpack_from(layout.offset, block, link)[0]
        if not second:
            return block
        struct.pack_into(layout.offset, out, link, 0)
        fields = {place.tag: value for place, value in _walk(block, stream, layout, second, set())}
    except _MALFORMED:
        return bytes(out)
    start = fields.get(_THUMBNAIL_AT, 0)
    end = min(start + fields.get(_THUMBNAIL_BYTES, 0), len(out))
    if second < start < end:
        out[start:end] = bytes(end - start)
        if not any(out[end:]):
            del out[start:]
    return bytes(out)
