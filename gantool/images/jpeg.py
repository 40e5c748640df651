"""JPEG's segments: where a JPEG keeps its metadata, read from and written around the coded picture."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from gantool.images import exif, mpf, photoshop, xmp
from gantool.images.model import Metadata

_APP0, _APP1, _APP2, _APP13, _COM = 0xE0, 0xE1, 0xE2, 0xED, 0xFE
_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_ICC = b"ICC_PROFILE\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_LONGEST = 65533
"""Bytes a segment can hold: its length counts itself in 16 bits."""


@dataclass
class _Found:
    """What the segments held, in pieces."""

    exif: bytes = b""
    xmp: bytes = b""
    photoshop: list[bytes] = field(default_factory=list)
    comment: bytes = b""
    dpi: tuple[float, float] | None = None
    icc: dict[int, bytes] = field(default_factory=dict)
    extension: dict[int, bytes] = field(default_factory=dict)


def read(stream: BinaryIO) -> Metadata:
    """Read what stands before the coded picture; a broken segment ends the reading."""
    found = _Found()
    for marker, data in _segments(stream):
        _take(found, marker, data)
    iptc, rest = photoshop.split(b"".join(found.photoshop))
    packet = found.xmp or None
    if found.extension:
        packet = xmp.joined(packet, b"".join(part for _, part in sorted(found.extension.items())))
    block = exif.bare(found.exif)
    return Metadata(
        exif=block,
        xmp=packet,
        iptc=iptc,
        photoshop=rest,
        icc=b"".join(part for _, part in sorted(found.icc.items())) or None,
        dpi=found.dpi or exif.resolution(block),
        comment=found.comment or None,
    )


def frames(stream: BinaryIO) -> int:
    """Return how many pictures a file of a stereo or panorama camera has; 0 where it has no index of them."""
    indices = (data for marker, data in _segments(stream) if marker == _APP2 and data.startswith(mpf.MARK))
    return next((mpf.pictures(data[len(mpf.MARK) :]) for data in indices), 0)


def _segments(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    stream.seek(2)
    while True:
        head = stream.read(2)
        while head[1:] == b"\xff":  # Any number of fill bytes may stand before a marker.
            head = b"\xff" + stream.read(1)
        if len(head) < 2 or head[0] != 0xFF or head[1] in (0xDA, 0xD9):
            return
        size = int.from_bytes(stream.read(2), "big")
        data = stream.read(max(size - 2, 0))
        if len(data) < size - 2 or size < 2:
            return
        yield head[1], data


def _take(found: _Found, marker: int, data: bytes) -> None:
    """Sort one segment into its place."""
    if marker == _APP0 and data.startswith(b"JFIF\0") and len(data) >= 12:
        found.dpi = _density(data)
    elif marker == _APP1 and data.startswith(_EXIF):
        found.exif = found.exif or data
    elif marker == _APP1 and data.startswith(_XMP):
        found.xmp = found.xmp or data[len(_XMP) :]
    elif marker == _APP1 and data.startswith(_EXTENSION):
        start = len(_EXTENSION) + 40  # After the 32 digits of the GUID, the length and the offset.
        found.extension[int.from_bytes(data[start - 4 : start], "big")] = data[start:]
    elif marker == _APP2 and data.startswith(_ICC) and len(data) > 14:
        found.icc[data[12]] = data[14:]
    elif marker == _APP13 and data.startswith(_PHOTOSHOP):
        found.photoshop.append(data[len(_PHOTOSHOP) :])
    elif marker == _COM:
        found.comment = found.comment or data


def _density(data: bytes) -> tuple[float, float] | None:
    """Return JFIF's density as pixels per inch; its unit 0 is a mere aspect ratio."""
    unit, across, down = struct.unpack_from(">BHH", data, 7)
    factor = {1: 1.0, 2: 2.54}.get(unit)
    return (across * factor, down * factor) if factor and across and down else None


def segments(metadata: Metadata) -> bytes:
    """Return the segments to write after the start-of-image marker."""
    block = photoshop.join(metadata.iptc, metadata.photoshop) or b""
    parts = [_jfif(metadata.dpi), _exif(metadata.exif), _xmp(metadata.xmp), _icc(metadata.icc)]
    parts += [_segment(_APP13, _PHOTOSHOP + part) for part in _cut(block, _LONGEST - len(_PHOTOSHOP))]
    if metadata.comment:
        parts.append(_segment(_COM, metadata.comment[:_LONGEST]))
    return b"".join(parts)


def _segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def _cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def _jfif(dpi: tuple[float, float] | None) -> bytes:
    across, down = (min(max(round(side), 1), 65535) for side in dpi) if dpi else (1, 1)
    return _segment(_APP0, b"JFIF\0" + struct.pack(">HBHHBB", 0x0101, 1 if dpi else 0, across, down, 0, 0))


def _exif(block: bytes | None) -> bytes:
    """Return EXIF's segment; where 64 KiB are too few for it, the maker note is what gives way."""
    room = _LONGEST - len(_EXIF)
    if block and len(block) > room:
        block = exif.without_maker_note(block)
    return _segment(_APP1, _EXIF + block) if block and len(block) <= room else b""


def _xmp(packet: bytes | None) -> bytes:
    """Return XMP's segments: one, or for a long packet a stub and the packet as its extension."""
    if not packet:
        return b""
    if len(packet) <= _LONGEST - len(_XMP):
        return _segment(_APP1, _XMP + packet)
    guid = hashlib.md5(packet, usedforsecurity=False).hexdigest().upper().encode()
    parts, at = [_segment(_APP1, _XMP + xmp.stub(guid))], 0
    for part in _cut(packet, 65400):
        parts.append(_segment(_APP1, _EXTENSION + guid + struct.pack(">II", len(packet), at) + part))
        at += len(part)
    return b"".join(parts)


def _icc(profile: bytes | None) -> bytes:
    parts = _cut(profile or b"", _LONGEST - 14)
    if len(parts) > 255:
        return b""
    numbered = enumerate(parts, start=1)
    return b"".join(_segment(_APP2, _ICC + bytes((number, len(parts))) + part) for number, part in numbered)
