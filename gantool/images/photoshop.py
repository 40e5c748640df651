"""Photoshop's image resource blocks, in which JPEG and TIFF keep IPTC.

(Adobe Photoshop File Formats Specification, "Image Resource Blocks".)
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_IPTC = 0x0404
_STALE = frozenset({0x03ED, 0x0409, 0x040C, 0x040F, 0x0422, 0x0423, 0x0424})
"""Resolution, thumbnails, and the profile, EXIF and XMP that are kept elsewhere."""


def split(block: bytes) -> tuple[bytes | None, bytes | None]:
    """Return IPTC's records, and the other resources that are still true of a resized picture."""
    iptc, rest = [], []
    for number, whole, data in _resources(block):
        if number == _IPTC:
            iptc.append(data)
        elif number not in _STALE:
            rest.append(whole)
    return b"".join(iptc) or None, b"".join(rest) or None


def join(iptc: bytes | None, rest: bytes | None) -> bytes | None:
    """Return one block of both."""
    block = rest or b""
    if iptc:
        block += b"8BIM" + struct.pack(">HHI", _IPTC, 0, len(iptc)) + iptc + bytes(len(iptc) % 2)
    return block or None


def _resources(block: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (number, the whole resource, its data) until the block ends or makes no sense."""
    at = 0
    while block[at : at + 4] in (b"8BIM", b"MeSa", b"PHUT", b"AgHg", b"DCSR") and at + 12 <= len(block):
        number = int.from_bytes(block[at + 4 : at + 6], "big")
        name = block[at + 6] + 1
        start = at + 6 + name + name % 2 + 4
        size = int.from_bytes(block[start - 4 : start], "big")
        end = start + size + size % 2
        if start + size > len(block):
            return
        yield number, block[at:end].ljust(end - at, b"\0"), block[start : start + size]
        at = end
