"""Colour spaces that are not RGB, brought to sRGB."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

_DATE = struct.pack(">6H", 2020, 1, 1, 0, 0, 0)
"""In place of the time at which LittleCMS made the profile: the same picture gives the same file."""


def srgb_profile() -> bytes:
    """Return an ICC profile of sRGB, the same bytes each time."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = _DATE
    return bytes(profile)


def from_cmyk(picture: Image.Image, icc: bytes | None) -> tuple[Image.Image, bytes | None]:
    """Convert CMYK to RGB: through its profile to sRGB where it has a usable one, else by plain inversion.

    Returns:
        The RGB picture and the profile that is now true of it.
    """
    if icc and space(icc) == b"CMYK":
        try:
            source = ImageCms.getOpenProfile(io.BytesIO(icc))
            return _to_srgb(picture, source), srgb_profile()
        except (ImageCms.PyCMSError, OSError):
            pass  # A damaged profile: the colours are then no better known than without one.
    return picture.convert("RGB"), None


def from_grey(pixels: NDArray[Any], icc: bytes) -> tuple[NDArray[Any], bytes | None]:
    """Convert 8-bit grey, (H, W, 1), to RGB: through its profile to sRGB where that is usable.

    Returns:
        The RGB pixels and the profile that is now true of them.
    """
    picture = Image.fromarray(pixels[..., 0])
    try:
        return np.asarray(_to_srgb(picture, ImageCms.getOpenProfile(io.BytesIO(icc)))), srgb_profile()
    except (ImageCms.PyCMSError, OSError):
        return np.asarray(picture.convert("RGB")), None  # A damaged profile, as above.


def from_lab(picture: Image.Image) -> tuple[Image.Image, bytes | None]:
    """Convert CIELAB (D50) to sRGB."""
    return _to_srgb(picture, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))), srgb_profile()


def as_srgb(picture: Image.Image, icc: bytes | None) -> Image.Image:
    """Return an 8-bit grey or RGB picture as seen, in sRGB: through its profile where that is usable."""
    if icc is None:
        return picture.convert("RGB")
    try:
        return _to_srgb(picture, ImageCms.getOpenProfile(io.BytesIO(icc)))
    except (ImageCms.PyCMSError, OSError):
        return picture.convert("RGB")  # A damaged profile: browsers ignore it as well.


def _to_srgb(picture: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    out = ImageCms.profileToProfile(
        picture,
        source,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert out is not None  # noqa: S101 - None is returned for in-place conversions alone
    return out


def space(icc: bytes) -> bytes:
    """Return the colour space a profile is for: `RGB `, `GRAY`, `CMYK`, ... (ICC.1, 7.2.6)."""
    return icc[16:20]


def fitting(icc: bytes | None, channels: int) -> bytes | None:
    """Return the profile if it is one for pixels of that many channels: a wrong one makes files invalid."""
    wanted = b"GRAY" if channels == 1 else b"RGB "
    return icc if icc and space(icc) == wanted else None
