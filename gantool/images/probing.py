"""A picture's facts from its header, for planning before pixels are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gantool.images import deep_tiff, exif, extras, jpeg, pillow, png, tiff
from gantool.images.decoding import open_picture
from gantool.images.formats import ImageFormat
from gantool.images.model import Header
from gantool.images.orientation import upright_size
from gantool.images.sniffing import format_of
from gantool.images.source import Source

_PNG_GREY, _PNG_ALPHA = (0, 4), (4, 6)


@dataclass(frozen=True)
class _Stored:
    """A header as stored, with the orientation still to be applied."""

    width: int
    height: int
    turn: int = 1
    channels: int = 3
    bits: int = 8
    alpha: bool = False


def probe(source: Path | bytes) -> Header:
    """Read a picture's size and kind without decoding it; the size is that of the picture upright.

    Raises:
        ImageError: for whatever is missing, empty, no picture, or needs an extra.
    """
    opened = Source.of(source)
    with opened.opened() as stream, opened.guarded():
        format = format_of(stream, opened.suffix)
        stored = _stored(opened, stream, format)
    width, height = upright_size(stored.width, stored.height, stored.turn)
    return Header(width, height, format, stored.channels, stored.bits, stored.alpha)


def _stored(source: Source, stream: BinaryIO, format: ImageFormat) -> _Stored:
    if format is ImageFormat.RAW:
        return _Stored(*extras.raw_size(source, stream), bits=16)
    if format is ImageFormat.PNG:
        return _png(stream)
    if format is ImageFormat.TIFF and deep_tiff.depth(stream) > 8:
        width, height, channels, alpha = deep_tiff.header(stream)
        return _Stored(width, height, exif.orientation(tiff.read(stream).exif), channels, 16, alpha)
    return _by_pillow(source, stream, format)


def _png(stream: BinaryIO) -> _Stored:
    width, height, bits, colour = png.header(stream)
    turn = exif.orientation(png.read(stream).exif)
    alpha = colour in _PNG_ALPHA or png.has_transparency(stream)
    return _Stored(width, height, turn, 1 if colour in _PNG_GREY else 3, 16 if bits == 16 else 8, alpha)


def _by_pillow(source: Source, stream: BinaryIO, format: ImageFormat) -> _Stored:
    block = jpeg.read(stream).exif if format is ImageFormat.JPEG else None
    stream.seek(0)
    with open_picture(source, stream, format) as picture:
        if format is not ImageFormat.JPEG:
            block = pillow.metadata(picture).exif
        # Of a TIFF, Pillow gives the size upright already.
        turn = 1 if format is ImageFormat.TIFF else exif.orientation(block)
        bits = extras.heif_bits(picture) if format is ImageFormat.HEIF else 8
        bits = 16 if picture.mode.startswith("I") else bits
        channels = 1 if pillow.is_grey(picture) else 3
        return _Stored(*picture.size, turn, channels, bits, pillow.has_alpha(picture))
