"""Formats that need an extra: HEIC (pillow-heif) and camera RAW (rawpy), imported when first met."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gantool.errors import ImageError
from gantool.images import tiff
from gantool.images.model import Metadata
from gantool.images.source import Source, check_size

_DNG_TAGS = frozenset(range(50706, 52600)) | frozenset(range(33421, 33424)) | {37398, 37399}
"""How a sensor's values become colours: spent once a RAW file is developed."""


def open_heif(source: Source, stream: BinaryIO) -> Image.Image:
    """Open a HEIC file by its header; directly, so that Pillow's registry stays as it is."""
    try:
        from pillow_heif import HeifImageFile
    except ImportError:
        raise _missing(source, "HEIC", "heif") from None
    opener: Any = HeifImageFile  # Its constructor has no types.
    picture: Image.Image = opener(stream)
    return picture


def _missing(source: Source, kind: str, extra: str) -> ImageError:
    return ImageError(f"{source.name} is a {kind} file, which needs more", f"pip install 'gantool[{extra}]'")


def _open_raw(source: Source, stream: BinaryIO) -> Any:
    try:
        import rawpy
    except ImportError:
        raise _missing(source, "camera RAW", "raw") from None
    try:
        return rawpy.imread(stream)
    except rawpy.LibRawError as error:
        raise source.damaged(f"LibRaw: {error}") from error


def raw_size(source: Source, stream: BinaryIO) -> tuple[int, int]:
    """Return width and height of the picture upright."""
    with _open_raw(source, stream) as raw:
        return _upright_size(raw)


def _upright_size(raw: Any) -> tuple[int, int]:
    width, height = int(raw.sizes.width), int(raw.sizes.height)
    return (height, width) if raw.sizes.flip in (5, 6) else (width, height)


def decode_raw(source: Source, stream: BinaryIO, max_pixels: int) -> tuple[NDArray[Any], Metadata]:
    """Develop a RAW file with the camera's white balance to (H, W, 3) uint16 sRGB, upright."""
    with _open_raw(source, stream) as raw:
        check_size(source.name, *_upright_size(raw), max_pixels)
        developed: NDArray[Any] = raw.postprocess(use_camera_wb=True, output_bps=16)
    return np.ascontiguousarray(developed), tiff.read(stream, _DNG_TAGS)
