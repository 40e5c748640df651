"""Encoding: pixels and metadata to a file that appears whole, or to bytes.

JPEG, PNG and WebP are coded by imagecodecs straight from the array, without the interpreter's lock, and
the metadata is put around the coded picture: no copy of the pixels is made, and every byte of the
metadata is under our hand. Threads may encode at once.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from gantool.atomic import replacing
from gantool.errors import ImageError
from gantool.images import colour, exif, xmp
from gantool.images.formats import WRITABLE, ImageFormat
from gantool.images.model import Decoded
from gantool.images.samples import to_uint8
from gantool.images.source import DAMAGE
from gantool.images.writers import WRITERS

_MOST_DPI = 1_000_000
"""What is beyond is no resolution, and more than the formats' fields hold."""


def encode(
    picture: Decoded,
    target: Path,
    *,
    format: ImageFormat | str,
    quality: int,
    strip_metadata: bool,
    overwrite: bool = True,
    lossy: bool = False,
) -> None:
    """Write a picture to a file, atomically.

    EXIF and XMP are mended: orientation 1, the new dimensions, no thumbnail. What a format cannot hold
    is adapted (`losses` says it in words): JPEG, WebP, AVIF and BMP get 8 bits, rounded; JPEG and BMP are
    composited over white where there is alpha (few programs read a BMP's); WebP and AVIF store grey as RGB,
    and grey that has a profile as sRGB. IPTC goes into JPEG, TIFF and PNG; BMP keeps the resolution alone.
    Colours that a cICP chunk states go into PNG and AVIF.

    Args:
        picture: what to write.
        target: the file.
        format: one of the writable formats, whatever the target's suffix.
        quality: 1 to 100, for JPEG, WebP and AVIF; the other formats are lossless, and so is a WebP of a
            picture that came from such a one.
        strip_metadata: keep only what the colours need (the ICC profile).
        overwrite: replace a file that exists.
        lossy: write what came from a lossless WebP by `quality`, too.

    Raises:
        FileExistsError: when it exists and is not to be replaced.
        ImageError: when the format cannot be written or hold the size, or the file cannot be written.
    """
    chosen = replace(picture, lossless=picture.lossless and not lossy)
    prepared, write = _prepare(chosen, str(target), format, quality, strip_metadata)
    with replacing(target, error=ImageError, overwrite=overwrite) as stream:
        write(prepared, stream)


def encode_bytes(
    picture: Decoded,
    *,
    format: ImageFormat | str,
    quality: int,
    strip_metadata: bool,
    lossy: bool = False,
) -> bytes:
    """Return what `encode` would write."""
    chosen = replace(picture, lossless=picture.lossless and not lossy)
    prepared, write = _prepare(chosen, "standard output", format, quality, strip_metadata)
    stream = io.BytesIO()
    write(prepared, stream)
    return stream.getvalue()


def _prepare(
    picture: Decoded, name: str, format: ImageFormat | str, quality: int, strip: bool
) -> tuple[Decoded, Callable[[Decoded, BinaryIO], None]]:
    """Check that the format can hold the picture, mend the metadata, and choose the writer."""
    if format not in WRITABLE:
        raise ImageError(f"{name}: {format} cannot be written", f"choose --format {'|'.join(WRITABLE)}")
    if not 1 <= quality <= 100:
        raise ImageError(f"{name}: quality {quality} is outside 1 to 100", "choose --quality 1 to 100")
    writer = WRITERS[ImageFormat(format)]
    writer.check_holds(name, ImageFormat(format), picture.width, picture.height)

    def write(prepared: Decoded, stream: BinaryIO) -> None:
        try:
            writer.write(prepared, stream, quality)
        except OSError:
            raise  # Of the disk: said by whoever opened the stream.
        except DAMAGE as error:
            why = f"{name} cannot be coded as {format} ({error})"
            raise ImageError(why, "choose another --format") from error

    mended = _mended(picture, strip)
    return _as_rgb(mended) if writer.rgb else mended, write


def _mended(picture: Decoded, strip: bool) -> Decoded:
    """Bring the metadata up to date with the pixels."""
    metadata = picture.metadata.colour_only() if strip else picture.metadata
    size = picture.width, picture.height
    metadata = replace(
        metadata,
        exif=exif.mended(metadata.exif, *size),
        xmp=xmp.mended(metadata.xmp, *size),
        icc=colour.fitting(metadata.icc, picture.pixels.shape[2]),
        dpi=metadata.dpi if metadata.dpi and all(1 <= side <= _MOST_DPI for side in metadata.dpi) else None,
    )
    return replace(picture, metadata=metadata)


def _as_rgb(picture: Decoded) -> Decoded:
    """Return grey that has a profile as sRGB: a grey profile in a file of RGB makes it invalid."""
    icc = picture.metadata.icc
    if icc is None or picture.pixels.shape[2] != 1:
        return picture
    pixels, profile = colour.from_grey(to_uint8(picture.pixels), icc)
    alpha = None if picture.alpha is None else to_uint8(picture.alpha)
    return replace(picture, pixels=pixels, alpha=alpha, metadata=replace(picture.metadata, icc=profile))
