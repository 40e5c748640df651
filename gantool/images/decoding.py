"""Decoding: any picture file to upright grey or RGB pixels, alpha and metadata.

JPEG, WebP, GIF, BMP and the rest are decoded by Pillow, which is strict about truncated files; PNG by
imagecodecs and TIFF above 8 bits by tifffile, since Pillow would cut both down to 8 bits.
Everything here works on objects of its own call: any number of threads may decode at once.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gantool.images import avif, colour, deep_tiff, exif, extras, frames, jpeg, pillow, png, tiff, webp, xmp
from gantool.images import orientation as turns
from gantool.images.formats import ImageFormat
from gantool.images.model import Decoded, Metadata
from gantool.images.sniffing import format_of
from gantool.images.source import Source, check_size

_Arrays = tuple[NDArray[Any], NDArray[Any] | None, Metadata, int]
"""Pixels, alpha, metadata, and the orientation still to be applied."""


def decode(source: Path | bytes, *, max_pixels: int) -> Decoded:
    """Decode a picture (the first frame or page of several).

    Args:
        source: a file, or a file's bytes.
        max_pixels: the most width x height accepted; checked by the header, before pixels are decoded.

    Returns:
        Pixels (H, W, C), uint8 or uint16, with the orientation applied. Grey stays grey; palettes become
        RGB; CMYK and Lab become sRGB; 16-bit PNG, TIFF and camera RAW stay at 16 bits, and
        HEIC of more than 8 gets them. AVIF is read as 8 bits; of deeper ones `metadata.unread` says so.
        An unusual gamma of a PNG becomes a profile, which other formats hold too.

    Raises:
        ImageError: for whatever is missing, empty, damaged, too large, no picture, or needs an extra.
    """
    opened = Source.of(source)
    with opened.opened() as stream, opened.guarded():
        format = format_of(stream, opened.suffix)
        pixels, alpha, metadata, turn = _decode(opened, stream, format, max_pixels)
        several = frames.count(stream, format)
        lossless = format is ImageFormat.WEBP and webp.is_lossless(stream)
    return Decoded(
        turns.upright(pixels, turn),
        None if alpha is None else turns.upright(alpha, turn),
        replace(metadata, exif=exif.upright(metadata.exif), xmp=xmp.upright(metadata.xmp)),
        format,
        several,
        lossless,
    )


def _decode(source: Source, stream: BinaryIO, format: ImageFormat, max_pixels: int) -> _Arrays:
    if format is ImageFormat.RAW:
        pixels, metadata = extras.decode_raw(source, stream, max_pixels)
        return pixels, None, metadata, 1  # LibRaw has turned it already.
    if format is ImageFormat.PNG:
        return _decode_png(source, stream, max_pixels)
    if format is ImageFormat.TIFF and deep_tiff.depth(stream) > 8:
        return _decode_deep_tiff(source, stream, max_pixels)
    return _decode_by_pillow(source, stream, format, max_pixels)


def _decode_png(source: Source, stream: BinaryIO, max_pixels: int) -> _Arrays:
    import imagecodecs

    width, height, _, _ = png.header(stream)
    check_size(source.name, width, height, max_pixels)
    metadata = png.read(stream)
    stream.seek(0)
    whole = imagecodecs.png_decode(stream.read()).reshape(height, width, -1)
    channels = 3 if whole.shape[2] >= 3 else 1
    alpha = np.ascontiguousarray(whole[..., -1]) if whole.shape[2] in (2, 4) else None
    return whole[..., :channels], alpha, metadata, exif.orientation(metadata.exif)


def _decode_deep_tiff(source: Source, stream: BinaryIO, max_pixels: int) -> _Arrays:
    width, height, _, _ = deep_tiff.header(stream)
    check_size(source.name, width, height, max_pixels)
    metadata = tiff.read(stream)
    pixels, alpha = deep_tiff.decode(stream, source.name)
    return pixels, alpha, metadata, exif.orientation(metadata.exif)


def _decode_by_pillow(source: Source, stream: BinaryIO, format: ImageFormat, max_pixels: int) -> _Arrays:
    read = {ImageFormat.JPEG: jpeg.read, ImageFormat.TIFF: tiff.read}.get(format)
    metadata = read(stream) if read else None
    stream.seek(0)
    with open_picture(source, stream, format) as picture:
        check_size(source.name, *picture.size, max_pixels)
        if format is ImageFormat.HEIF:
            pixels, alpha, metadata = extras.decode_heif(stream, picture, source.name)
        else:
            metadata = metadata or pillow.metadata(picture)
            pixels, alpha, icc = pillow.pixels(picture, metadata.icc, source.name)
            metadata = replace(metadata, icc=icc)
    # Pillow turns TIFF, and TIFF alone, when it loads the pixels.
    turn = 1 if format is ImageFormat.TIFF else exif.orientation(metadata.exif)
    metadata = replace(metadata, icc=colour.fitting(metadata.icc, pixels.shape[2]))
    return pixels, alpha, avif.told(stream, metadata) if format is ImageFormat.AVIF else metadata, turn


def open_picture(source: Source, stream: BinaryIO, format: ImageFormat) -> Image.Image:
    """Open what Pillow or its HEIC plugin reads, by its header."""
    if format is ImageFormat.TIFF:
        tiff.check_values(stream)
        stream.seek(0)
    return (extras.open_heif if format is ImageFormat.HEIF else pillow.open_header)(source, stream)
