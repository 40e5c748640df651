"""Multi-picture JPEG files (CIPA DC-007): what a stereo or panorama camera puts behind the first picture."""

from __future__ import annotations

import io
import struct

from gantool.images import ifd

MARK = b"MPF\0"
"""What the segment's data begins with; a TIFF structure of its own follows."""

_ENTRIES = 0xB002
_ENTRY_BYTES = 16
_KIND_BITS = 0xFF0000
_FRAME, _PRIMARY = 0x020000, 0x030000


def pictures(index: bytes) -> int:
    """Return how many there are by the index that follows the mark, 0 where it names none.

    Previews are none; neither are pictures of no stated kind, such as a gain map.
    """
    stream = io.BytesIO(index)
    layout, at = ifd.read_header(stream)
    found, _ = ifd.places(stream, layout, at)
    for place in found:
        if place.tag == _ENTRIES:
            stream.seek(place.value_at)
            table = stream.read(ifd.size_of(place))
            starts = range(0, len(table) - _ENTRY_BYTES + 1, _ENTRY_BYTES)
            kinds = (struct.unpack_from(layout.order + "I", table, start)[0] & _KIND_BITS for start in starts)
            return sum(kind in (_FRAME, _PRIMARY) for kind in kinds)
    return 0
