"""Metadata of camera RAW files: TIFF files, Fuji's RAF and Canon's CR3."""

from __future__ import annotations

import io
import struct
from dataclasses import replace
from typing import BinaryIO

from gantool.images import boxes, exif, ifd, jpeg, tiff
from gantool.images.ifd import Directory, Layout
from gantool.images.model import Metadata

_DNG_TAGS = frozenset(range(50706, 52600)) | frozenset(range(33421, 33424)) | {37398, 37399}
"""How a sensor's values become colours: spent once a RAW file is developed."""
_RAF = b"FUJIFILMCCD-RAW"
_RAF_JPEG_AT = 84
_MOST_JPEG = 1 << 24
"""Bytes of a preview that are looked through; its metadata stands at its beginning."""
_CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_MALFORMED = (struct.error, ValueError)


def read(stream: BinaryIO) -> Metadata:
    """Read what a camera noted, and say so where it stands in a place that is not known."""
    stream.seek(0)
    head = stream.read(16)
    if head.startswith(_RAF):
        found = _of_raf(stream)
    elif head[4:8] == b"ftyp":
        found = _of_cr3(stream)
    else:
        found = tiff.read(stream, _DNG_TAGS)
    return found if found.exif else replace(found, unread=(*found.unread, "its EXIF could not be read"))


def _of_raf(stream: BinaryIO) -> Metadata:
    """Read the metadata of the JPEG within; its profile is not that of the developed pixels."""
    stream.seek(_RAF_JPEG_AT)
    place = stream.read(8)
    if len(place) < 8:
        return Metadata()
    at, size = struct.unpack(">II", place)
    stream.seek(at)
    found = jpeg.read(io.BytesIO(stream.read(min(size, _MOST_JPEG))))
    return replace(found, icc=None, comment=None)


def _of_cr3(stream: BinaryIO) -> Metadata:
    """Join the directories that Canon keeps apart; its maker note has offsets that hold in place alone."""
    parts = _canon_parts(stream)
    unread = ("its maker note was left out",) if b"CMT3" in parts else ()
    found = Metadata(xmp=_packet(stream), unread=unread)
    try:
        layout, first = _directory(parts.get(b"CMT1", b""))
    except _MALFORMED:
        return found
    kept = first.without(tiff.STRUCTURE | _DNG_TAGS)
    for kind, tag in ((b"CMT2", ifd.EXIF_IFD), (b"CMT4", ifd.GPS_IFD)):
        try:
            other, child = _directory(parts.get(kind, b""))
        except _MALFORMED:
            continue
        kept.children[tag] = child if other.order == layout.order else ifd.swapped(child)
    block = exif.pack(kept, layout.order)
    return replace(found, exif=block, dpi=exif.directory_resolution(first, layout))


def _canon_parts(stream: BinaryIO) -> dict[bytes, bytes]:
    """Return the TIFF structures CMT1 (the first directory), CMT2 (EXIF), CMT3 (maker note), CMT4 (GPS)."""
    movie = boxes.first(boxes.of_file(stream), b"moov")
    for box in boxes.boxes(stream, movie.start, movie.end):
        if box.kind == b"uuid" and boxes.content(stream, box, 16) == _CANON:
            inner = boxes.boxes(stream, box.start + 16, box.end)
            return {part.kind: boxes.content(stream, part) for part in inner if part.kind.startswith(b"CMT")}
    return {}


def _packet(stream: BinaryIO) -> bytes | None:
    for box in boxes.of_file(stream):
        if box.kind == b"uuid" and boxes.content(stream, box, 16) == _XMP:
            return boxes.content(stream, box)[16:] or None
    return None


def _directory(block: bytes) -> tuple[Layout, Directory]:
    stream = io.BytesIO(block)
    layout, first = ifd.read_header(stream)
    return layout, ifd.read(stream, layout, first)
