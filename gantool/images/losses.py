"""What is lost where a picture is written in a format that cannot hold all of it, in words for notes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from gantool.images import cicp
from gantool.images.formats import ImageFormat
from gantool.images.model import Decoded, Metadata

_WITHOUT_ALPHA = frozenset({ImageFormat.JPEG, ImageFormat.BMP})
_DEEP = frozenset({ImageFormat.PNG, ImageFormat.TIFF})
_LACKING: Mapping[ImageFormat, tuple[str, ...]] = MappingProxyType(
    {
        ImageFormat.WEBP: ("iptc",),
        ImageFormat.AVIF: ("iptc",),
        ImageFormat.BMP: ("exif", "xmp", "iptc", "icc"),
    }
)
"""The kinds of metadata that a format has no place for."""
_NAMES = {"exif": "EXIF", "xmp": "XMP", "iptc": "IPTC", "icc": "colour profile"}


def losses(picture: Decoded, format: ImageFormat, *, strip_metadata: bool) -> tuple[str, ...]:
    """Return what is to be said of a picture that is written in `format`: each loss that nobody asked for."""
    return tuple(_losses(picture, format, strip_metadata))


def _losses(picture: Decoded, format: ImageFormat, strip: bool) -> Iterator[str]:
    name = "WebP" if format is ImageFormat.WEBP else format.upper()
    if format in _WITHOUT_ALPHA and _is_transparent(picture):
        yield f"its transparency was laid over white: {name} has none"
    if picture.bits > 8 and format not in _DEEP:
        yield f"it was rounded to 8 bits: {name} has no more"
    metadata = picture.metadata.colour_only() if strip else picture.metadata
    lacking = [_NAMES[kind] for kind in _LACKING.get(format, ()) if getattr(metadata, kind)]
    if lacking:
        yield f"left out, as {name} has no place for it: {', '.join(lacking)}"
    yield from _of_colours(metadata, format, name)


def _is_transparent(picture: Decoded) -> bool:
    return picture.alpha is not None and bool((picture.alpha < np.iinfo(picture.alpha.dtype).max).any())


def _of_colours(metadata: Metadata, format: ImageFormat, name: str) -> Iterator[str]:
    """Tell of colours that only a PNG's chunk or an AVIF's numbers state, where no profile goes along."""
    stated = cicp.stated(metadata)
    if stated is None or format is ImageFormat.PNG or (metadata.icc and format is not ImageFormat.BMP):
        return
    primaries, curve, full = stated
    if format is not ImageFormat.AVIF or not full:
        yield (
            f"its colour space (cICP {primaries}/{curve}) was left out: {name} cannot say it, "
            "and the colours look different"
        )
