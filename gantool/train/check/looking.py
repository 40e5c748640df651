"""What one picture is: decoded whole, so that a truncated one is found, but no larger than need be."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from gantool.errors import ImageError
from gantool.images import Header, ImageFormat, decode, pillow, probe
from gantool.images.colour import space
from gantool.images.samples import to_uint8
from gantool.images.source import Source
from gantool.train.check.likeness import SIDE
from gantool.train.data.items import Member, PictureFile
from gantool.train.reading import MAX_PIXELS, named, read_rgb

_DRAFT = 8 * SIDE
"""JPEG's reduced decoding filters unlike an area mean; on top of this many pixels the difference is small."""
_NOT_PILLOW = (ImageFormat.RAW, ImageFormat.HEIF)
_MODES = {"CMYK": "CMYK", "LAB": "Lab", "P": "a palette", "PA": "a palette", "1": "black and white alone"}


@dataclass(frozen=True)
class Facts:
    """A readable picture: its size upright, its colours' oddities, and a grey thumbnail (16, 16)."""

    file: PictureFile
    width: int
    height: int
    oddities: tuple[str, ...]
    thumbnail: NDArray[np.uint8]


def look(file: PictureFile) -> Facts:
    """Read all of a picture.

    JPEG is decoded at an eighth of its size where that is enough: all of the file is read all the same.

    Raises:
        ImageError: it cannot be decoded to its end.
    """
    with _opened(file) as source:
        header = probe(source)
        small = _draft(source) if header.format is ImageFormat.JPEG else _reduced(source)
        oddities = tuple(_oddities(header, source))
    thumbnail = np.asarray(small.resize((SIDE, SIDE), Image.Resampling.BOX).convert("L"))
    return Facts(file, header.width, header.height, oddities, thumbnail)


def pixel_digest(file: PictureFile) -> bytes:
    """Return a digest of the decoded, upright pixels; ImageError where it cannot be decoded."""
    pixels = read_rgb(file)
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.digest()


@contextmanager
def _opened(file: PictureFile) -> Iterator[Path | bytes]:
    if isinstance(file, Member):
        with named(file):
            yield file.read()
    else:
        yield file


def _draft(source: Path | bytes) -> Image.Image:
    opened = Source.of(source)
    with opened.opened() as stream, opened.guarded(), pillow.open_header(opened, stream) as picture:
        picture.draft("L", (_DRAFT, _DRAFT))
        picture.load()
        return picture.convert("L")


def _reduced(source: Path | bytes) -> Image.Image:
    pixels = to_uint8(decode(source, max_pixels=MAX_PIXELS).pixels)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    return picture.resize((SIDE, SIDE), Image.Resampling.BOX)


def _oddities(header: Header, source: Path | bytes) -> Iterator[str]:
    mode, icc = _stored_colour(header, source)
    if mode in _MODES:
        yield _MODES[mode]
    elif header.channels == 1:
        yield "grey"
    if header.bits > 8:
        yield f"{header.bits} bits"
    if header.alpha:
        yield "alpha"
    if icc:
        yield from _odd_profile(icc, mode)


def _stored_colour(header: Header, source: Path | bytes) -> tuple[str, bytes]:
    """Return Pillow's mode and the profile; nothing for what Pillow does not read."""
    if header.format in _NOT_PILLOW:
        return "", b""
    opened = Source.of(source)
    try:
        with opened.opened() as stream, opened.guarded(), pillow.open_header(opened, stream) as picture:
            return picture.mode, picture.info.get("icc_profile") or b""
    except ImageError:  # 16-bit RGB TIFF: gantool reads it, Pillow does not
        return "", b""


def _odd_profile(icc: bytes, mode: str) -> Iterator[str]:
    """Training takes values as they are, so that any profile but sRGB's changes what they mean."""
    try:
        profile = ImageCms.getOpenProfile(io.BytesIO(icc))
        name = " ".join(ImageCms.getProfileDescription(profile).split())
    except (ImageCms.PyCMSError, OSError):
        yield "a damaged profile"
        return
    meant = {"CMYK": b"CMYK", "L": b"GRAY", "LA": b"GRAY", "I;16": b"GRAY"}.get(mode, b"RGB ")
    if space(icc) != meant:
        yield f"a profile for other colours ({name})"
    elif "srgb" not in name.lower().replace(" ", ""):
        yield f"profile {name}"
