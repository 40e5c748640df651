"""One writer for each format: a picture whose metadata is already mended, to a stream."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gantool.errors import ImageError
from gantool.images import avif, cicp, jpeg, png, tiff, webp
from gantool.images.formats import ImageFormat
from gantool.images.model import Decoded
from gantool.images.samples import interleaved, over_white, to_uint8

_FULL_CHROMA_FROM = 90
_PNG_LEVEL = 4
"""zlib's level for PNG: within 1 % of level 6 on photographs, at a quarter of its time."""
_WEBP_EFFORT = 50
"""Of lossless WebP: within 1 % of the most on photographs, at a third of its time."""

_AVIF_SIDE, _AVIF_PIXELS = 32768, 16384**2
"""What libavif reads, and with it Pillow and the browsers; it writes more than that without a word."""

_PNG_HEADER_END = 33
"""The signature's 8 bytes and the header chunk's 25."""


@dataclass(frozen=True)
class Writer:
    """How a format is written, what it holds at most, and whether it stores grey as RGB.

    `coding` are the bytes a pixel that writing takes beside the picture, measured with RGB noise, the worst
    case; `copies` how often it takes the picture's own bytes.
    """

    write: Callable[[Decoded, BinaryIO, int], None]
    longest_side: int
    coding: int
    copies: int = 0
    rgb: bool = False
    most_pixels: int | None = None

    def working_bytes(self, pixels: int, sample_bytes: int, *, alpha: bool) -> int:
        """Return the bytes that writing takes beside a picture of so many pixels and bytes of samples.

        Alpha is laid between the colours, or composited: either way it makes one more copy.
        """
        return pixels * self.coding + sample_bytes * (self.copies + alpha)

    def check_holds(self, name: str, format: ImageFormat, width: int, height: int) -> None:
        """Raise ImageError where the format does not hold so many pixels, or nothing could read them."""
        limit = f"{self.longest_side} a side" if max(width, height) > self.longest_side else ""
        if self.most_pixels is not None and width * height > self.most_pixels:
            limit = limit or f"{self.most_pixels} in all"
        if limit:
            raise ImageError(
                f"{name}: {width} x {height} pixels are more than {format} holds ({limit})",
                "choose --format png or tiff",
            )


def _write_jpeg(picture: Decoded, stream: BinaryIO, quality: int) -> None:
    """Write a baseline JPEG; alpha is composited over white.

    From quality 90 on, colour keeps its full resolution (4:4:4): halving it would blur the very edges
    the picture was enhanced for, and those who ask for 90 have asked for quality. Below, 4:2:0 saves a third.
    """
    import imagecodecs

    coded = imagecodecs.jpeg8_encode(
        _opaque8(picture),
        level=quality,
        subsampling="444" if quality >= _FULL_CHROMA_FROM else "420",
    )
    own_header = 4 + int.from_bytes(coded[4:6], "big") - 2  # Of JFIF; ours, with the resolution, replaces it.
    stream.write(coded[:2])
    stream.write(jpeg.segments(picture.metadata))
    stream.write(memoryview(coded)[own_header if coded[2:4] == b"\xff\xe0" else 2 :])


def _write_png(picture: Decoded, stream: BinaryIO, quality: int) -> None:
    import imagecodecs

    coded = imagecodecs.png_encode(interleaved(picture.pixels, picture.alpha), level=_PNG_LEVEL)
    stream.write(coded[:_PNG_HEADER_END])
    stream.write(png.chunks(picture.metadata))
    stream.write(memoryview(coded)[_PNG_HEADER_END:])


def _write_webp(picture: Decoded, stream: BinaryIO, quality: int) -> None:
    """Write a WebP, without loss where the picture came so: every bit, those under transparent pixels too."""
    import imagecodecs

    level = _WEBP_EFFORT if picture.lossless else quality
    coded = imagecodecs.webp_encode(_colour8(picture), level=level, lossless=picture.lossless)
    for part in webp.parts(bytes(coded), picture.metadata, picture.width, picture.height):
        stream.write(part)


def _write_tiff(picture: Decoded, stream: BinaryIO, quality: int) -> None:
    samples = interleaved(picture.pixels, picture.alpha)
    tiff.write(stream, samples, alpha=picture.alpha is not None, metadata=picture.metadata)


def _write_avif(picture: Decoded, stream: BinaryIO, quality: int) -> None:
    """Write an AVIF. Its encoder takes some 45 bytes a pixel, more than any other's.

    Speed 8 of 10 halves the time for a quarter more bytes; one thread, as the network wants the others.
    Colours that a cICP chunk states are stated by the same numbers.
    """
    metadata = picture.metadata
    kept = {"exif": metadata.exif, "xmp": metadata.xmp, "icc_profile": metadata.icc}
    given = {name: value for name, value in kept.items() if value}
    subsampling = "4:4:4" if quality >= _FULL_CHROMA_FROM else "4:2:0"
    image = Image.fromarray(_colour8(picture))
    how = {"quality": quality, "subsampling": subsampling, "speed": 8, "max_threads": 1}
    stated = cicp.stated(metadata)
    if stated is None or not stated[2]:
        image.save(stream, "AVIF", **how, **given)
        return
    coded = io.BytesIO()
    image.save(coded, "AVIF", **how, **given)
    stream.write(avif.with_colours(coded.getvalue(), *stated[:2]))


def _write_bmp(picture: Decoded, stream: BinaryIO, quality: int) -> None:
    dpi = {"dpi": picture.metadata.dpi} if picture.metadata.dpi else {}
    Image.fromarray(_opaque8(picture)).save(stream, "BMP", **dpi)


def _opaque8(picture: Decoded) -> NDArray[Any]:
    """Return contiguous grey or RGB of 8 bits, composited over white where there is alpha."""
    if picture.alpha is not None:
        return interleaved(over_white(picture.pixels, picture.alpha), None)
    return interleaved(to_uint8(picture.pixels), None)


def _colour8(picture: Decoded) -> NDArray[Any]:
    """Return contiguous RGB or RGBA of 8 bits."""
    alpha = None if picture.alpha is None else to_uint8(picture.alpha)
    return interleaved(_as_colour(to_uint8(picture.pixels)), alpha)


def _as_colour(pixels: NDArray[Any]) -> NDArray[Any]:
    """Repeat grey to three channels."""
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels


WRITERS: Mapping[ImageFormat, Writer] = MappingProxyType(
    {
        ImageFormat.JPEG: Writer(_write_jpeg, 65500, coding=7),
        ImageFormat.PNG: Writer(_write_png, 1_000_000, coding=0, copies=2),
        ImageFormat.WEBP: Writer(_write_webp, webp.LONGEST_SIDE, coding=39, rgb=True),
        ImageFormat.TIFF: Writer(_write_tiff, 1 << 31, coding=1),
        ImageFormat.AVIF: Writer(_write_avif, _AVIF_SIDE, coding=46, rgb=True, most_pixels=_AVIF_PIXELS),
        ImageFormat.BMP: Writer(_write_bmp, 1 << 31, coding=7),
    }
)
