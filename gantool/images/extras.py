"""Formats that need an extra: HEIC (pillow-heif) and camera RAW (rawpy), imported when first met."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gantool.errors import ImageError
from gantool.images import camera, cicp, pillow
from gantool.images.model import Metadata
from gantool.images.source import Source, check_size


def open_heif(source: Source, stream: BinaryIO) -> Image.Image:
    """Open a HEIC file by its header; directly, so that Pillow's registry stays as it is."""
    try:
        from pillow_heif import HeifImageFile
    except ImportError:
        raise _missing(source, "HEIC", "heif") from None
    opener: Any = HeifImageFile  # Its constructor has no types.
    picture: Image.Image = opener(stream)
    return picture


def heif_bits(picture: Image.Image) -> int:
    """Return 16 for what `decode_heif` decodes to 16 bits. Deep premultiplied colours are none of it."""
    return 16 if picture.info.get("bit_depth", 8) > 8 and picture.mode != "RGBa" else 8


def decode_heif(
    stream: BinaryIO, picture: Image.Image, name: str
) -> tuple[NDArray[Any], NDArray[Any] | None, Metadata]:
    """Decode the main picture of a HEIC file that `open_heif` opened: deeper ones to 16 bits."""
    metadata = pillow.metadata(picture)
    depth, colours = picture.info.get("bit_depth", 8), picture.info.get("nclx_profile")
    if colours and not metadata.icc:
        numbers = (int(colours[key]) for key in ("color_primaries", "transfer_characteristics"))
        metadata = replace(metadata, chunks=cicp.chunks(*numbers))
    if heif_bits(picture) == 16:
        whole = _deep_heif(stream, depth)
        channels = 1 if whole.shape[2] == 1 else 3
        alpha = np.ascontiguousarray(whole[..., 3]) if whole.shape[2] == 4 else None
        return np.ascontiguousarray(whole[..., :channels]), alpha, metadata
    pixels, alpha, icc = pillow.pixels(picture, metadata.icc, name)
    lost = (f"its {depth} bits were read as 8",) if depth > 8 else ()
    return pixels, alpha, replace(metadata, icc=icc, unread=lost)


def _deep_heif(stream: BinaryIO, depth: int) -> NDArray[np.uint16]:
    """Return (H, W, 1|3|4) over the full range of 16 bits; pillow-heif leaves the lowest ones 0."""
    from pillow_heif import open_heif as opened

    file = opened(stream, convert_hdr_to_8bit=False, hdr_to_16bit=True)
    whole = np.asarray(file[file.primary_index]).reshape(file.size[1], file.size[0], -1)
    full: NDArray[np.uint16] = whole | whole >> np.uint16(depth)
    return full


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
    return np.ascontiguousarray(developed), camera.read(stream)
