"""What an AVIF says of its colours and depth, which Pillow does not tell, and cannot write.

(AV1 Image File Format; ISO/IEC 23008-12 for items and their properties.)
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import BinaryIO

from gantool.images import boxes, cicp
from gantool.images.boxes import Box
from gantool.images.model import Chunk, Metadata

_MALFORMED = (struct.error, ValueError, IndexError)
_NCLX = b"nclx"
_HEAD = 64
"""Bytes of a property that are looked at: numbers alone, where it is no profile."""
_MOST_LINKS, _MOST_OWN = 1 << 20, 64
"""Bytes of the table of links, and properties of one picture: it has five or so."""


def told(stream: BinaryIO, metadata: Metadata) -> Metadata:
    """Return the metadata with the colours that no profile states, and with what reading to 8 bits cost."""
    try:
        own = list(islice(_properties(stream), _MOST_OWN))
        depth = _depth(stream, own)
        colours = () if metadata.icc else _colours(stream, own)
    except _MALFORMED:
        return metadata  # Of the header alone; that of the pixels is the decoder's matter.
    lost = (f"its {depth} bits were read as 8",) if depth > 8 else ()
    return replace(metadata, chunks=metadata.chunks + colours, unread=metadata.unread + lost)


def with_colours(coded: bytes, primaries: int, curve: int) -> bytes:
    """Return a file with these numbers in its colour boxes; its own matrix stays, pixels were coded by it."""
    out, stream = bytearray(coded), io.BytesIO(coded)
    for box in _all_properties(stream):
        if box.kind == b"colr" and boxes.content(stream, box, 4) == _NCLX:
            struct.pack_into(">HH", out, box.start + 4, primaries, curve)
    return bytes(out)


def _colours(stream: BinaryIO, own: list[Box]) -> tuple[Chunk, ...]:
    for box in own:
        data = boxes.content(stream, box, _HEAD)
        if box.kind == b"colr" and data[:4] == _NCLX:
            return cicp.chunks(*struct.unpack_from(">HH", data, 4))
    return ()


def _depth(stream: BinaryIO, own: list[Box]) -> int:
    """Return the bits of a sample: as stated, or as the codec's settings have them."""
    for box in own:
        data = boxes.content(stream, box, _HEAD)
        if box.kind == b"pixi" and len(data) > 5:
            return max(data[5 : 5 + data[4]], default=8)
    for box in own or _all_properties(stream):
        data = boxes.content(stream, box, _HEAD)
        if box.kind == b"av1C" and len(data) > 2:
            return (8, 10, 8, 12)[data[2] >> 5 & 3]
    return 8


def _meta(stream: BinaryIO) -> list[Box]:
    box = boxes.first(boxes.of_file(stream), b"meta")
    return list(boxes.boxes(stream, box.start + 4, box.end))


def _all_properties(stream: BinaryIO) -> list[Box]:
    """Return the properties of all items, in the order by which items refer to them."""
    holder = boxes.first(iter(_meta(stream)), b"iprp")
    store = boxes.first(boxes.boxes(stream, holder.start, holder.end), b"ipco")
    return list(boxes.boxes(stream, store.start, store.end))


def _properties(stream: BinaryIO) -> Iterator[Box]:
    """Yield the properties of the main picture: a gain map beside it has others."""
    meta, every = _meta(stream), _all_properties(stream)
    head = boxes.content(stream, boxes.first(iter(meta), b"pitm"), _HEAD)
    primary = struct.unpack_from(">I" if head[0] else ">H", head, 4)[0]
    holder = boxes.first(iter(meta), b"iprp")
    box = boxes.first(boxes.boxes(stream, holder.start, holder.end), b"ipma")
    links = boxes.content(stream, box, _MOST_LINKS)
    wide, numbers = links[0], ">H" if links[3] & 1 else ">B"
    step, mask = struct.calcsize(numbers), 0x7FFF if links[3] & 1 else 0x7F
    at = 8
    for _ in range(struct.unpack_from(">I", links, 4)[0]):
        item = struct.unpack_from(">I" if wide else ">H", links, at)[0]
        at += 4 if wide else 2
        count, at = links[at], at + 1
        for place in range(at, at + count * step, step):
            number = struct.unpack_from(numbers, links, place)[0] & mask
            if item == primary and 0 < number <= len(every):
                yield every[number - 1]
        at += count * step
