"""WebP's container: metadata put around a coded picture (WebP Container Specification)."""

from __future__ import annotations

import struct
from typing import BinaryIO

from gantool.images.model import Metadata

LONGEST_SIDE = 16383
_LOSSLESS, _LOSSY = b"VP8L", b"VP8 "
_ICC, _ALPHA, _EXIF, _XMP = 0x20, 0x10, 0x08, 0x04


def parts(coded: bytes, metadata: Metadata, width: int, height: int) -> list[bytes | memoryview]:
    """Return the pieces of a file made of a coded picture and its metadata."""
    flags, body = _body(coded)
    flags |= (_ICC if metadata.icc else 0) | (_EXIF if metadata.exif else 0) | (_XMP if metadata.xmp else 0)
    if not flags:
        return [coded]
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    pieces: list[bytes | memoryview] = [_chunk(b"VP8X", bytes((flags, 0, 0, 0)) + size)]
    pieces += [_chunk(b"ICCP", metadata.icc)] if metadata.icc else []
    pieces.append(body)
    pieces += [_chunk(b"EXIF", metadata.exif)] if metadata.exif else []
    pieces += [_chunk(b"XMP ", metadata.xmp)] if metadata.xmp else []
    total = 4 + sum(len(piece) for piece in pieces)
    return [b"RIFF" + struct.pack("<I", total) + b"WEBP", *pieces]


def frames(stream: BinaryIO) -> int:
    """Return how many frames an animation has; 0 for a picture."""
    stream.seek(12)
    found = 0
    while len(head := stream.read(8)) == 8:
        found += head[:4] == b"ANMF"
        size = struct.unpack("<I", head[4:])[0]
        stream.seek(size + size % 2, 1)
    return found


def is_lossless(stream: BinaryIO) -> bool:
    """Tell whether the picture, of an animation the first frame, is coded without loss."""
    stream.seek(12)
    while len(head := stream.read(8)) == 8:
        kind, size = struct.unpack("<4sI", head)
        if kind in (_LOSSLESS, _LOSSY):
            return bool(kind == _LOSSLESS)
        # A frame's chunks follow its own 16 bytes.
        stream.seek(16 if kind == b"ANMF" else size + size % 2, 1)
    return False


def _body(coded: bytes) -> tuple[int, memoryview]:
    """Return the flags a coded picture brings, and its chunks.

    Alpha comes with an extended header, and without loss as a bit behind both sides, 14 bits each.
    """
    view = memoryview(coded)
    if coded[12:16] == _LOSSLESS:
        return (_ALPHA if coded[24] & 0x10 else 0), view[12:]
    if coded[12:16] != b"VP8X":
        return 0, view[12:]
    return coded[20] & _ALPHA, view[12 + 8 + 10 :]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
