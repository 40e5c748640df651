"""Image file directories, the tag tables that TIFF and EXIF share (TIFF 6.0, section 2; BigTIFF).

Values stay raw bytes in the file's byte order: what is not understood is carried over unharmed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from typing import BinaryIO, NamedTuple

SHORT, LONG, LONG8 = 3, 4, 16
_TYPE_BYTES = dict(enumerate((1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4), start=1)) | {16: 8, 17: 8, 18: 8}
_NUMBER_BYTES = _TYPE_BYTES | {5: 4, 10: 4}
"""As above, but for fractions, which are two numbers."""
EXIF_IFD, GPS_IFD, INTEROP_IFD = 0x8769, 0x8825, 0xA005
_CHILDREN = (EXIF_IFD, GPS_IFD, INTEROP_IFD)
_MOST_ENTRIES, _MOST_BYTES = 4096, 1 << 26
"""Of one directory: its entries, and the bytes of all its values, which may stand for the same ones."""


@dataclass(frozen=True)
class Layout:
    """Byte order (`<` or `>`) and field widths: classic TIFF counts in 4 bytes, BigTIFF in 8."""

    order: str
    big: bool = False

    @property
    def count(self) -> str:
        """How an IFD counts its entries."""
        return self.order + ("Q" if self.big else "H")

    @property
    def entry(self) -> str:
        """Tag, type and count; an inline value or an offset follows."""
        return self.order + ("HHQ" if self.big else "HHI")

    @property
    def offset(self) -> str:
        """An offset in the file."""
        return self.order + ("Q" if self.big else "I")

    @property
    def offset_bytes(self) -> int:
        """Bytes of an offset, and of a value kept inline."""
        return 8 if self.big else 4


class Place(NamedTuple):
    """Where an entry stands in the file."""

    tag: int
    type: int
    length: int
    at: int
    value_at: int


@dataclass(frozen=True)
class Entry:
    """A tag and its raw value."""

    tag: int
    type: int
    count: int
    data: bytes


@dataclass(frozen=True)
class Directory:
    """Entries by tag, and the directories below (EXIF, GPS, interoperability)."""

    entries: dict[int, Entry] = field(default_factory=dict)
    children: dict[int, Directory] = field(default_factory=dict)

    def data(self, tag: int) -> bytes | None:
        """Return a tag's raw bytes."""
        entry = self.entries.get(tag)
        return entry.data if entry else None

    def without(self, tags: frozenset[int]) -> Directory:
        """Return the directory without some of its own entries."""
        kept = {tag: entry for tag, entry in self.entries.items() if tag not in tags}
        return Directory(kept, self.children)


def read_header(stream: BinaryIO) -> tuple[Layout, int]:
    """Return the layout and the first directory's offset; ValueError where this is no TIFF header."""
    stream.seek(0)
    head = stream.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        raise ValueError("no TIFF header")
    magic = struct.unpack(order + "H", head[2:4])[0]
    layout = Layout(order, magic == 43)
    if magic not in (42, 43, 0x55, 0x4F52, 0x5352):
        raise ValueError("no TIFF header")
    start = 8 if layout.big else 4
    return layout, int(struct.unpack_from(layout.offset, head, start)[0])


def places(stream: BinaryIO, layout: Layout, at: int) -> tuple[list[Place], int]:
    """Return where a directory's entries stand, and the position of its link to the next directory."""
    stream.seek(at)
    count = struct.unpack(layout.count, stream.read(struct.calcsize(layout.count)))[0]
    head, inline = struct.calcsize(layout.entry), layout.offset_bytes
    if count > _MOST_ENTRIES:
        raise ValueError(f"a directory of {count} entries")
    first = at + struct.calcsize(layout.count)
    table = stream.read(count * (head + inline))
    found = []
    for here in range(0, len(table) - head - inline + 1, head + inline):
        tag, kind, length = struct.unpack_from(layout.entry, table, here)
        value_at = first + here + head
        if _TYPE_BYTES.get(kind, 0) * length > inline:
            value_at = struct.unpack_from(layout.offset, table, here + head)[0]
        found.append(Place(tag, kind, length, first + here, value_at))
    return found, first + count * (head + inline)


def size_of(place: Place) -> int:
    """Return the bytes of an entry's value; 0 for a type that is not known."""
    return _TYPE_BYTES.get(place.type, 0) * place.length


def read(stream: BinaryIO, layout: Layout, at: int, depth: int = 2) -> Directory:
    """Read a directory and those below it; entries that point out of the file are left out."""
    directory = Directory()
    room = min(_MOST_BYTES, stream.seek(0, 2))
    for place in places(stream, layout, at)[0]:
        size = size_of(place)
        if not 0 < size <= room:
            continue
        stream.seek(place.value_at)
        data = stream.read(size)
        if len(data) < size:
            continue
        room -= size
        if place.tag not in _CHILDREN:
            directory.entries[place.tag] = Entry(place.tag, place.type, place.length, data)
        elif depth and place.tag not in directory.children:  # One of a kind; more would multiply with depth.
            _read_child(directory, stream, layout, place.tag, data, depth)
    return directory


def _read_child(
    parent: Directory, stream: BinaryIO, layout: Layout, tag: int, data: bytes, depth: int
) -> None:
    """Add a directory below; one that is broken is left out, as its parent may still be whole."""
    try:
        offset = number(data, layout.order)
        parent.children[tag] = read(stream, layout, offset, depth - 1)
    except (struct.error, ValueError):
        return


def number(data: bytes, order: str) -> int:
    """Read an unsigned integer of 1, 2, 4 or 8 bytes."""
    return int.from_bytes(data, "little" if order == "<" else "big")


def swapped(directory: Directory) -> Directory:
    """Return the directory and those below it in the other byte order.

    What is bytes stays: a maker note's inside, in an order of its own, is nobody else's business.
    """
    entries = {
        tag: replace(entry, data=_swapped(entry.data, _NUMBER_BYTES.get(entry.type, 1)))
        for tag, entry in directory.entries.items()
    }
    return Directory(entries, {tag: swapped(child) for tag, child in directory.children.items()})


def _swapped(data: bytes, size: int) -> bytes:
    """Turn each number of so many bytes round."""
    out = bytearray(len(data))
    for at in range(size):
        out[at::size] = data[size - 1 - at :: size]
    return bytes(out)


def write(directory: Directory, layout: Layout, at: int) -> bytes:
    """Lay a directory, its values and the directories below out as bytes that will stand at offset `at`."""
    entries = dict(directory.entries)
    width = layout.offset_bytes
    kind = LONG8 if layout.big else LONG
    for tag in directory.children:
        entries[tag] = Entry(tag, kind, 1, bytes(width))
    table = struct.calcsize(layout.count) + len(entries) * (struct.calcsize(layout.entry) + width) + width
    head, values = bytearray(struct.pack(layout.count, len(entries))), bytearray()
    for tag, entry in sorted(entries.items()):
        data = entry.data
        here = at + table + len(values)
        if tag in directory.children:
            data = struct.pack(layout.offset, here)
            values += write(directory.children[tag], layout, here)
        elif len(data) > width:
            values += data + bytes(len(data) % 2)
            data = struct.pack(layout.offset, here)
        head += struct.pack(layout.entry, tag, entry.type, entry.count) + data.ljust(width, b"\0")
    return bytes(head) + bytes(width) + bytes(values)
