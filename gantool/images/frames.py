"""How many pages or frames a file has, of which `decode` takes the first (HEIC: the main one)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import BinaryIO

from PIL import Image

from gantool.images import extras, ifd, jpeg, png, webp
from gantool.images.formats import ImageFormat
from gantool.images.source import DAMAGE, Source

_MOST_PAGES = 65536
_SUBFILE_TYPE = 254
_REDUCED = 1


def count(stream: BinaryIO, format: ImageFormat) -> int:
    """Return how many there are; 1 where it cannot be told, as what follows the first may be damaged."""
    counted = _COUNTED.get(format)
    if counted is None:
        return 1
    stream.seek(0)
    try:
        return max(1, counted(stream))
    except DAMAGE:
        return 1


def _of_tiff(stream: BinaryIO) -> int:
    """Count the pages of a TIFF; smaller copies of one (a thumbnail, a pyramid) are none."""
    layout, at = ifd.read_header(stream)
    seen: set[int] = set()
    pages = 0
    while at and at not in seen and len(seen) < _MOST_PAGES:
        seen.add(at)
        places, link = ifd.places(stream, layout, at)
        pages += not any(_is_reduced(stream, layout, place) for place in places)
        stream.seek(link)
        at = struct.unpack(layout.offset, stream.read(layout.offset_bytes))[0]
    return pages


def _is_reduced(stream: BinaryIO, layout: ifd.Layout, place: ifd.Place) -> bool:
    if place.tag != _SUBFILE_TYPE:
        return False
    stream.seek(place.value_at)
    return bool(ifd.number(stream.read(ifd.size_of(place)), layout.order) & _REDUCED)


def _by_pillow(stream: BinaryIO) -> int:
    with Image.open(stream, formats=("GIF", "AVIF")) as picture:
        return int(getattr(picture, "n_frames", 1))


def _of_heif(stream: BinaryIO) -> int:
    """Count the pictures of a HEIC file; thumbnails, depth and gain maps are none."""
    with extras.open_heif(Source.of(b""), stream) as picture:
        return int(getattr(picture, "n_frames", 1))


_COUNTED: Mapping[ImageFormat, Callable[[BinaryIO], int]] = MappingProxyType(
    {
        ImageFormat.JPEG: jpeg.frames,
        ImageFormat.TIFF: _of_tiff,
        ImageFormat.PNG: png.frames,
        ImageFormat.WEBP: webp.frames,
        ImageFormat.GIF: _by_pillow,
        ImageFormat.AVIF: _by_pillow,
        ImageFormat.HEIF: _of_heif,
    }
)
