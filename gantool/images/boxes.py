"""Boxes of ISO base media files (ISO/IEC 14496-12), of which AVIF and Canon's CR3 are made."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_MOST_BOXES = 4096
"""In a row: more stand in no picture's header."""
_MOST_BYTES = 1 << 26
"""Of what is read of one: a size that a file states may be any."""


@dataclass(frozen=True)
class Box:
    """A box's kind, and where its content begins and ends in the file."""

    kind: bytes
    start: int
    end: int


def boxes(stream: BinaryIO, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes that stand in a row; stop at one that reaches beyond the end."""
    for _ in range(_MOST_BOXES):
        stream.seek(start)
        head = stream.read(16)
        if start + 8 > end or len(head) < 8:
            return
        size, kind = struct.unpack_from(">I4s", head)
        begin = start + 8
        if size == 1:
            size, begin = int.from_bytes(head[8:], "big"), start + 16
        size = size or end - start  # 0: up to the end.
        if start + size > end or start + size < begin:
            return
        yield Box(kind, begin, start + size)
        start += size


def of_file(stream: BinaryIO) -> Iterator[Box]:
    """Yield a file's outermost boxes."""
    return boxes(stream, 0, stream.seek(0, 2))


def first(found: Iterator[Box], kind: bytes) -> Box:
    """Return the first box of a kind; an empty one where there is none."""
    return next((box for box in found if box.kind == kind), Box(kind, 0, 0))


def content(stream: BinaryIO, box: Box, most: int = _MOST_BYTES) -> bytes:
    """Return what a box holds, or its beginning."""
    stream.seek(box.start)
    return stream.read(min(box.end - box.start, most))
