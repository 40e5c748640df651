"""Small sound pictures of every format and mode, with metadata: what the mutants are made of."""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image, ImageCms

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6" '
    b'tiff:ImageWidth="24"/></rdf:RDF></x:xmpmeta>'
)


def noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """Return smooth random colours, the same each time."""
    rng = np.random.default_rng(width * 1000 + height)
    small = Image.fromarray(rng.integers(0, 256, (4, 4, 3), dtype=np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC).convert(mode)


@functools.cache
def seeds() -> Mapping[str, bytes]:
    """Return the pictures by file name; none is larger than 48 pixels a side."""
    return {**_jpegs(), **_pngs(), **_tiffs(), **_others()}


def saved(picture: Image.Image, format: str, **options: Any) -> bytes:
    """Return what Pillow writes."""
    stream = io.BytesIO()
    picture.save(stream, format, **options)
    return stream.getvalue()


@functools.cache
def profile() -> bytes:
    """Return an RGB profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@functools.cache
def exif() -> bytes:
    """Return an EXIF block with a sub-directory, GPS and a maker note."""
    block = Image.Exif()
    block[0x010F], block[0x0112] = "Camera", 6
    inner = block.get_ifd(0x8769)
    inner[0x927C], inner[0xA002] = b"Maker\0\0\1" + bytes(range(60)), 24
    block.get_ifd(0x8825)[2] = (48.0, 51.0, 30.0)
    return block.tobytes()


def _rich() -> dict[str, Any]:
    return {"exif": exif(), "icc_profile": profile(), "xmp": XMP}


def _jpegs() -> dict[str, bytes]:
    return {
        "plain.jpg": saved(noise(40, 32), "JPEG", dpi=(72, 72), comment=b"by the sea", **_rich()),
        "progressive.jpg": saved(noise(40, 32), "JPEG", progressive=True),
        "grey.jpg": saved(noise(33, 21, "L"), "JPEG"),
        "cmyk.jpg": saved(noise(32, 32, "CMYK"), "JPEG"),
    }


def _pngs() -> dict[str, bytes]:
    palette = noise(24, 24).quantize(16)
    frames = [noise(24, 24), noise(24, 25).resize((24, 24))]
    deep = Image.fromarray(np.arange(30 * 20, dtype=np.uint16).reshape(20, 30) * 100)
    return {
        "plain.png": saved(noise(40, 32), "PNG", exif=exif(), icc_profile=profile(), dpi=(72, 72)),
        "alpha.png": saved(noise(24, 24, "RGBA"), "PNG"),
        "one-bit.png": saved(noise(30, 20, "1"), "PNG"),
        "palette.png": saved(palette, "PNG", transparency=bytes(range(0, 256, 16))),
        "deep.png": saved(deep, "PNG"),
        "animated.png": saved(frames[0], "PNG", save_all=True, append_images=frames[1:]),
    }


def _tiffs() -> dict[str, bytes]:
    import tifffile

    rng = np.random.default_rng(3)
    found = {
        "plain.tif": saved(noise(40, 32), "TIFF", icc_profile=profile()),
        "lzw.tif": saved(noise(40, 32), "TIFF", compression="tiff_lzw"),
        "one-bit.tif": saved(noise(40, 32, "1"), "TIFF", compression="group4"),
        "cmyk.tif": saved(noise(32, 32, "CMYK"), "TIFF"),
        "jpeg.tif": saved(noise(40, 32), "TIFF", compression="jpeg"),
    }
    for name, how in (("deep.tif", {}), ("tiled.tif", {"tile": (16, 16)}), ("big.tif", {"bigtiff": True})):
        stream = io.BytesIO()
        pixels = rng.integers(0, 65536, (32, 40, 3), dtype=np.uint16)
        tifffile.imwrite(stream, pixels, photometric="rgb", compression="adobe_deflate", **how)
        found[name] = stream.getvalue()
    return found


def _others() -> dict[str, bytes]:
    frames = [noise(24, 24), noise(24, 26).resize((24, 24))]
    animated = {"save_all": True, "append_images": frames[1:]}
    return {
        "plain.webp": saved(noise(40, 32), "WEBP", **_rich()),
        "lossless.webp": saved(noise(24, 24, "RGBA"), "WEBP", lossless=True),
        "animated.webp": saved(frames[0], "WEBP", **animated),
        "animated.gif": saved(frames[0], "GIF", **animated),
        "plain.bmp": saved(noise(31, 17), "BMP"),
        "plain.avif": saved(noise(40, 32), "AVIF", exif=exif()),
        "plain.ppm": saved(noise(20, 20), "PPM"),
        "plain.tga": saved(noise(20, 20), "TGA", compression="tga_rle"),
        "plain.jp2": saved(noise(40, 32), "JPEG2000"),
    }


def block_of(entries: list[tuple[int, int, int, int]], order: str = "<") -> bytes:
    """Return a TIFF header and a directory of (tag, type, count, value)."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    rows = b"".join(struct.pack(order + "HHII", *entry) for entry in entries)
    return head + struct.pack(order + "H", len(entries)) + rows + bytes(4)
