"""Pillow: opening by header, and its many pixel modes brought to grey or RGB with alpha."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from gantool.errors import Code, ImageError
from gantool.images import colour, exif
from gantool.images.model import Metadata
from gantool.images.source import Source

_BAND = 256
"""Rows copied at a time."""

_FORMATS = (
    "JPEG",
    "PNG",
    "BMP",
    "DIB",
    "GIF",
    "PPM",
    "WEBP",
    "TIFF",
    "AVIF",
    "JPEG2000",
    "PSD",
    "QOI",
    "TGA",
)
"""What Pillow is asked to recognise, the common ones first. Its other readers are left alone: some unpack
files within files without a limit, or read through helpers, for formats no photograph comes in."""

_GREY = {"1", "L", "LA", "La", "I", "I;16", "I;16L", "I;16B", "I;16N", "F"}


def open_header(source: Source, stream: BinaryIO) -> Image.Image:
    """Open by header alone; the caller checks the size before it touches pixels.

    Pillow's own guard against decompression bombs is a module global that its plugins read while they
    open. It is switched off here for good, and never back on: one idempotent store is safe whatever
    threads do, whereas raising and restoring it around a call, or `warnings.catch_warnings`, is not.
    `check_size` takes its place, with a limit the user sets.
    """
    Image.MAX_IMAGE_PIXELS = None
    try:
        return Image.open(stream, formats=_FORMATS)
    except UnidentifiedImageError:
        raise _unknown(source, stream) from None


def _unknown(source: Source, stream: BinaryIO) -> ImageError:
    stream.seek(0)
    head = stream.read(512)
    if head.startswith((b"%!PS", b"\xc5\xd0\xd3\xc6")):
        return ImageError(
            f"{source.name} is an EPS drawing, not a picture", "export it as PNG", Code.IMAGE_UNKNOWN
        )
    text = not any(byte < 9 or 13 < byte < 32 for byte in head)
    what = "is text, not a picture" if text else "is not a picture, or one too damaged to be recognised"
    return ImageError(
        f"{source.name} {what}", "give a JPEG, PNG, WebP, TIFF, BMP, GIF or AVIF file", Code.IMAGE_UNKNOWN
    )


def metadata(picture: Image.Image) -> Metadata:
    """Return what Pillow keeps of a file's metadata; for the formats without a reader of our own."""
    info: Mapping[Any, Any] = picture.info
    block = exif.bare(info.get("exif") or picture.getexif().tobytes() or None)
    dpi, comment, xmp = info.get("dpi"), info.get("comment"), info.get("xmp")
    return Metadata(
        exif=block if block and len(block) > 14 else None,  # 14 bytes: a header and an empty directory
        xmp=xmp.encode() if isinstance(xmp, str) else xmp or None,
        icc=info.get("icc_profile") or None,
        dpi=(float(dpi[0]), float(dpi[1])) if dpi and all(dpi) else exif.resolution(block),
        comment=comment if isinstance(comment, bytes) and comment else None,
    )


def is_grey(picture: Image.Image) -> bool:
    """Whether the picture decodes to one channel."""
    return picture.mode in _GREY


def has_alpha(picture: Image.Image) -> bool:
    """Whether the picture has an alpha channel, or a colour or palette entries that are transparent."""
    return picture.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in picture.info


def pixels(
    picture: Image.Image, icc: bytes | None, name: str
) -> tuple[NDArray[Any], NDArray[Any] | None, bytes | None]:
    """Decode to (H, W, C) and alpha (H, W), both uint8 or both uint16, and the profile now true of them."""
    picture.load()
    if picture.mode.startswith(("I", "F")):
        return _deep_grey(picture, name), None, icc
    if picture.mode in ("CMYK", "LAB"):
        picture, icc = colour.from_cmyk(picture, icc) if picture.mode == "CMYK" else colour.from_lab(picture)
    wanted = _plain_mode(picture)
    picture = picture if picture.mode == wanted else picture.convert(wanted)
    whole = _array(picture)
    if picture.mode not in ("LA", "RGBA"):
        return whole, None, icc
    return np.ascontiguousarray(whole[..., :-1]), np.ascontiguousarray(whole[..., -1]), icc


def _plain_mode(picture: Image.Image) -> str:
    """Return which of L, LA, RGB and RGBA holds the picture without loss."""
    return ("L" if is_grey(picture) else "RGB") + ("A" if has_alpha(picture) else "")


def _array(picture: Image.Image) -> NDArray[Any]:
    """Copy by bands: in one piece Pillow would make two more copies of the whole on the way."""
    out = np.empty((picture.height, picture.width, len(picture.getbands())), np.uint8)
    for top in range(0, picture.height, _BAND):
        band = picture.crop((0, top, picture.width, min(top + _BAND, picture.height)))
        out[top : top + _BAND] = np.asarray(band).reshape(-1, *out.shape[1:])
    return out


def _deep_grey(picture: Image.Image, name: str) -> NDArray[Any]:
    """Return 16-bit grey from Pillow's integer and floating-point modes."""
    array = np.asarray(picture)
    if array.dtype.kind == "f":
        raise ImageError(f"{name} has floating-point samples", "convert it to 16 bits in an image editor")
    if array.min() < 0 or array.max() > 65535:
        raise ImageError(f"{name} has samples beyond 16 bits", "convert it to 16 bits in an image editor")
    return np.ascontiguousarray(array, dtype=np.uint16)[..., None]
