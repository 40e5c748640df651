"""Telling a file's format where its first bytes do not do: camera RAW files that are TIFF files."""

from __future__ import annotations

import struct
from typing import BinaryIO

from gantool.images import ifd
from gantool.images.formats import ImageFormat, of_head
from gantool.images.source import HEAD

_SUBFILE_TYPE, _PHOTOMETRIC, _SUB_IFDS, _DNG_VERSION = 254, 262, 330, 50706
_REDUCED = 1
_OF_A_SENSOR = (32803, 34892)
"""Photometric interpretations: a colour filter array, and DNG's linear raw."""


def format_of(stream: BinaryIO, suffix: str = "") -> ImageFormat:
    """Return the format of a whole file, by its first bytes, its directory and its suffix (with its dot).

    The stream stands at its beginning, before and after.
    """
    found = of_head(stream.read(HEAD), suffix)
    if found is ImageFormat.TIFF and _is_raw(stream):
        found = ImageFormat.RAW
    stream.seek(0)
    return found


def _is_raw(stream: BinaryIO) -> bool:
    """Tell whether a TIFF is a camera's: through a pipe, or renamed, it has no suffix that says so.

    The first directory of a DNG, NEF or ARW holds a small picture, and the sensor's values lie in others
    below it; or it holds these values itself. An ordinary TIFF begins with its full size, whatever copies
    follow and whatever tags a program carried over from the DNG it was made of.
    """
    try:
        layout, first = ifd.read_header(stream)
        places = {place.tag: place for place in ifd.places(stream, layout, first)[0]}
    except (struct.error, ValueError):
        return False
    if _value(stream, layout, places.get(_PHOTOMETRIC)) in _OF_A_SENSOR:
        return True
    reduced = _value(stream, layout, places.get(_SUBFILE_TYPE)) & _REDUCED
    return bool(reduced) and (_SUB_IFDS in places or _DNG_VERSION in places)


def _value(stream: BinaryIO, layout: ifd.Layout, place: ifd.Place | None) -> int:
    """Return a single integer, and 0 where there is none."""
    if place is None or place.length != 1 or place.type not in (ifd.SHORT, ifd.LONG):
        return 0
    stream.seek(place.value_at)
    return ifd.number(stream.read(ifd.size_of(place)), layout.order)
