"""TIFF: metadata of any TIFF file, and writing.

tifffile codes the pixels. The tags of EXIF, which may hold directories of their own, are grafted on
afterwards as a new first directory at the end of the file, as the format allows.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from typing import Any, BinaryIO, Literal

from numpy.typing import NDArray

from gantool.images import exif, ifd, photoshop
from gantool.images.ifd import Directory, Entry, Layout, Place
from gantool.images.model import Metadata

_XMP, _IPTC, _PHOTOSHOP, _ICC = 700, 33723, 34377, 34675
_IMAGE_SOURCE_DATA = 37724
_SIDES, _TILE_SIDES = (256, 257), (322, 323)
STRUCTURE = frozenset(
    {*range(254, 260), 262, *range(263, 267), 273, *range(277, 285), *range(288, 294), 296, 297, 317}
    | {*range(320, 326), 330, 332, *range(338, 343), 347, *range(512, 522), *range(529, 533)}
    | {_XMP, _IPTC, _PHOTOSHOP, _ICC, _IMAGE_SOURCE_DATA}
)
"""Tags that say how the pixels are stored, or that are kept elsewhere: no part of EXIF."""

_UNDEFINED, _BYTE = 7, 1

MOST_CLASSIC = 2**32 - 2**28
"""Bytes of pixels up to which a file counts in 4 bytes: deflating may make noise longer, and tags follow."""


def read(stream: BinaryIO, dropped: frozenset[int] = frozenset()) -> Metadata:
    """Read the first page's metadata; its own tags and their directories become an EXIF block."""
    try:
        layout, first = ifd.read_header(stream)
        directory = ifd.read(stream, layout, first)
    except (struct.error, ValueError):
        return Metadata()
    kept = directory.without(STRUCTURE | dropped)
    iptc, rest = photoshop.split(directory.data(_PHOTOSHOP) or b"")
    return Metadata(
        exif=exif.pack(kept, layout.order) if kept.entries or kept.children else None,
        xmp=directory.data(_XMP),
        iptc=directory.data(_IPTC) or iptc,
        photoshop=rest,
        icc=directory.data(_ICC),
        dpi=exif.directory_resolution(directory, layout),
    )


def check_values(stream: BinaryIO) -> None:
    """Raise ValueError where the tags' values are together larger than the file that is to hold them.

    Whoever reads every value of such a file runs out of memory: thousands may stand for the same bytes. Or
    the tiles are far larger than the picture: they are unpacked whole.
    """
    layout, first = ifd.read_header(stream)
    places = ifd.places(stream, layout, first)[0]
    total = sum(ifd.size_of(place) for place in places)
    if total > 2 * stream.seek(0, 2) + (1 << 20):
        raise ValueError(f"tags of {total} bytes")
    # Of a tag that is there twice, readers differ in which they take.
    width, length = (min(_values(stream, layout, places, tag), default=0) for tag in _SIDES)
    across, down = (max(_values(stream, layout, places, tag), default=0) for tag in _TILE_SIDES)
    if are_bombs(across, down, width, length):
        raise ValueError(f"tiles of {across} x {down} pixels")


def are_bombs(across: int, down: int, width: int, length: int) -> bool:
    """Tell whether tiles of `across` x `down` are far larger than the picture of `width` x `length`."""
    return across * down > 4 * max(width * length, 1 << 20)


def _values(stream: BinaryIO, layout: Layout, places: Sequence[Place], tag: int) -> list[int]:
    """Return the single integers that stand under a tag, usually one."""
    found = []
    for place in places:
        if place.tag == tag and place.length == 1:
            stream.seek(place.value_at)
            found.append(ifd.number(stream.read(ifd.size_of(place)), layout.order))
    return found


def write(stream: BinaryIO, pixels: NDArray[Any], *, alpha: bool, metadata: Metadata) -> None:
    """Write a page, deflated with a predictor, and its metadata; as BigTIFF from `MOST_CLASSIC` on.

    It keeps the byte order of EXIF, but for BigTIFF: Pillow cannot read that with the high byte first.

    Args:
        stream: readable, writable and seekable.
        pixels: (H, W) or (H, W, S), uint8 or uint16.
        alpha: whether the last sample is unassociated alpha.
        metadata: already mended.
    """
    import tifffile

    colour = pixels.ndim == 3 and pixels.shape[2] >= 3
    big = pixels.nbytes > MOST_CLASSIC  # Of what is compressed, tifffile does not see it itself.
    order: Literal["<", ">"] = ">" if (metadata.exif or b"").startswith(b"MM") and not big else "<"
    tifffile.imwrite(
        stream,
        pixels,
        byteorder=order,
        bigtiff=big,
        photometric="rgb" if colour else "minisblack",
        planarconfig="contig" if pixels.ndim == 3 else None,
        extrasamples=["unassalpha"] if alpha else None,
        compression="adobe_deflate",
        predictor=True,
        rowsperstrip=max(1, (1 << 20) // max(1, pixels[0].nbytes)),
        resolution=metadata.dpi,
        resolutionunit="INCH" if metadata.dpi else None,
        software=False,
        metadata=None,
        maxworkers=1,
    )
    _graft(stream, metadata)


def _graft(stream: BinaryIO, metadata: Metadata) -> None:
    """Write a first directory that has the metadata's tags beside the pixels' own."""
    layout, first = ifd.read_header(stream)
    page = ifd.read(stream, layout, first)
    extra = _exif_directory(metadata.exif, layout.order).without(STRUCTURE)
    entries = page.entries | extra.entries
    block = photoshop.join(metadata.iptc, metadata.photoshop)
    for tag, kind, data in (
        (_XMP, _BYTE, metadata.xmp),
        (_IPTC, _UNDEFINED, metadata.iptc),
        (_PHOTOSHOP, _BYTE, block),
        (_ICC, _UNDEFINED, metadata.icc),
    ):
        if data:
            entries[tag] = Entry(tag, kind, len(data), data)
    at = stream.seek(0, 2)
    at += stream.write(bytes(at % 2))
    stream.write(ifd.write(Directory(entries, extra.children), layout, at))
    stream.seek(8 if layout.big else 4)
    stream.write(struct.pack(layout.offset, at))
    stream.seek(0, 2)


def _exif_directory(block: bytes | None, order: str) -> Directory:
    """Return the block's first directory, its numbers in a byte order."""
    if not block:
        return Directory()
    try:
        layout, first = ifd.read_header(io.BytesIO(block))
        found = ifd.read(io.BytesIO(block), layout, first)
        return found if layout.order == order else ifd.swapped(found)
    except (struct.error, ValueError):
        return Directory()
