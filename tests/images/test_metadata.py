from __future__ import annotations

import re
import struct
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from picture_fixtures import IPTC, MAKER_NOTE, XMP, colour, decoded, exif_block, icc, opened, saved, smooth
from PIL import Image, ImageCms, IptcImagePlugin

from gantool.images import Decoded, Metadata, encode_bytes, with_pixels
from gantool.images import photoshop as resources
from gantool.images.model import Chunk

FORMATS = ["jpeg", "png", "tiff", "webp", "avif"]
RESOURCE = b"8BIM\x04\x0a\0\0\0\0\0\1\1\0"  # The copyright flag.


def _full(orientation: int = 1) -> Decoded:
    metadata = Metadata(exif_block(orientation, True), XMP, IPTC, RESOURCE, icc(), (300.0, 200.0), b"a note")
    return Decoded(smooth(), None, metadata)


def _coded(picture: Decoded, format: str, strip: bool = False) -> bytes:
    return encode_bytes(picture, format=format, quality=95, strip_metadata=strip)


def _exif(block: bytes | None) -> Image.Exif:
    exif = Image.Exif()
    exif.load(block or b"")
    return exif


@pytest.mark.parametrize("format", FORMATS)
def test_exif_is_mended_and_nothing_else_is_lost(format: str) -> None:
    bigger = with_pixels(_full(orientation=6), smooth(64, 96), None)
    for block in (
        decoded(_coded(bigger, format)).metadata.exif,
        opened(_coded(bigger, format)).getexif().tobytes(),
    ):
        exif = _exif(block)
        inner = exif.get_ifd(0x8769)
        assert exif[0x010F] == "Camera"
        assert exif.get(0x0112, 1) == 1
        assert (inner[0xA002], inner[0xA003]) == (96, 64)
        assert inner[0x927C] == MAKER_NOTE
        assert tuple(map(float, exif.get_ifd(0x8825)[2])) == (48.0, 51.0, 30.0)
        assert not exif.get_ifd(1)  # The thumbnail's directory.


@pytest.mark.parametrize("format", FORMATS)
def test_xmp_is_mended(format: str) -> None:
    packet = decoded(_coded(with_pixels(_full(), smooth(64, 96), None), format)).metadata.xmp
    assert packet is not None
    assert b'tiff:Orientation="1" tiff:ImageWidth="96"' in packet
    assert b"<exif:PixelXDimension>96<" in packet
    assert b"<exif:PixelYDimension>64<" in packet
    assert re.sub(rb"\d+", b"", packet) == re.sub(rb"\d+", b"", XMP)


@pytest.mark.parametrize("format", FORMATS)
def test_profile_is_kept_where_it_fits(format: str) -> None:
    assert decoded(_coded(_full(), format)).metadata.icc == icc()
    assert opened(_coded(_full(), format)).info["icc_profile"] == icc()
    grey = replace(_full(), pixels=smooth()[..., :1])
    if format in ("jpeg", "png", "tiff"):
        assert "icc_profile" not in opened(_coded(grey, format)).info


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff", "bmp"])
def test_resolution_is_kept(format: str) -> None:
    found = decoded(_coded(_full(), format)).metadata.dpi
    assert found == pytest.approx((300, 200), abs=0.02)
    assert opened(_coded(_full(), format)).info["dpi"] == pytest.approx((300, 200), abs=0.02)


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff"])
def test_iptc_and_the_other_resources_are_kept(format: str) -> None:
    data = _coded(_full(), format)
    found = decoded(data).metadata
    assert found.iptc == IPTC
    assert found.photoshop == RESOURCE
    if format != "png":  # Pillow reads no IPTC from PNG.
        iptc: Any = IptcImagePlugin.getiptcinfo(opened(data))  # type: ignore[arg-type]
        assert iptc[(2, 0x78)] == b"hello"


@pytest.mark.parametrize("format", [*FORMATS, "bmp"])
def test_stripping_leaves_the_colours_alone(format: str) -> None:
    data = _coded(_full(), format, strip=True)
    found = decoded(data).metadata
    assert replace(found, dpi=None) == Metadata(icc=icc() if format != "bmp" else None)
    assert b"Camera" not in data
    assert b"the shore" not in data


@pytest.mark.parametrize("source", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
@pytest.mark.parametrize("target", FORMATS)
def test_metadata_crosses_from_format_to_format(source: str, target: str) -> None:
    exif = _exif(exif_block(6))
    picture = Image.fromarray(smooth())
    options: dict[str, Any] = {"exif": exif, "icc_profile": icc()}
    if source == "PNG":
        from PIL.PngImagePlugin import PngInfo

        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", XMP.decode())
    elif source == "TIFF":
        exif[700] = XMP
    else:
        options["xmp"] = XMP
    found = decoded(_coded(decoded(saved(picture, source, **options)), target))
    assert found.pixels.shape == (24, 16, 3)
    kept = _exif(found.metadata.exif)
    assert kept[0x010F] == "Camera"
    assert kept.get(0x0112, 1) == 1
    assert kept.get_ifd(0x8769)[0x927C] == MAKER_NOTE
    assert tuple(map(float, kept.get_ifd(0x8825)[2])) == (48.0, 51.0, 30.0)
    assert found.metadata.icc == icc()
    assert b"the shore" in (found.metadata.xmp or b"")
    assert b'tiff:Orientation="1"' in (found.metadata.xmp or b"")


def test_deep_png_and_tiff_keep_metadata() -> None:
    picture = replace(_full(), pixels=colour(kind=np.uint16))
    for format in ("png", "tiff"):
        once = decoded(_coded(picture, format))
        twice = decoded(_coded(once, format))
        assert once.pixels.dtype == np.uint16
        assert once.metadata == twice.metadata
        assert (once.metadata.iptc, once.metadata.icc) == (IPTC, icc())


def test_png_texts_and_colour_chunks_stay_in_png() -> None:
    texts = (Chunk(b"gAMA", struct.pack(">I", 45455)), Chunk(b"tEXt", b"Title\0Shore"))
    picture = Decoded(smooth(), None, Metadata(chunks=texts))
    data = _coded(picture, "png")
    assert opened(data).info["Title"] == "Shore"
    assert decoded(data).metadata.chunks == texts
    assert decoded(_coded(picture, "png", strip=True)).metadata.chunks == texts[:1]


def test_long_metadata_is_cut_into_jpeg_segments() -> None:
    profile = icc() + bytes(range(256)) * 600
    long_iptc = (b"\x1c\x02\x78\x7f\x00" + bytes(0x7F00)) * 4
    packet = XMP.replace(b"the shore", b"the shore " * 20000)
    metadata = Metadata(xmp=packet, icc=profile, iptc=long_iptc)
    data = _coded(Decoded(smooth(), None, metadata), "jpeg")
    found = decoded(data).metadata
    assert found.icc == profile
    assert opened(data).info["icc_profile"] == profile
    assert found.iptc == long_iptc
    assert b"the shore the shore" in (found.xmp or b"")
    assert len(found.xmp or b"") > 200000


def test_exif_too_long_for_a_jpeg_loses_its_maker_note_alone() -> None:
    exif = _exif(exif_block())
    exif.get_ifd(0x8769)[0x927C] = bytes(70000)
    picture = Decoded(smooth(), None, Metadata(exif=exif.tobytes()[6:]))
    kept = _exif(decoded(_coded(picture, "jpeg")).metadata.exif)
    assert kept[0x010F] == "Camera"
    assert 0x927C not in kept.get_ifd(0x8769)
    assert tuple(map(float, kept.get_ifd(0x8825)[2])) == (48.0, 51.0, 30.0)


def test_stale_resources_are_dropped() -> None:
    thumbnail = b"8BIM\x04\x0c\0\0\0\0\0\4abcd"
    assert resources.split(thumbnail + RESOURCE + resources.join(IPTC, None)) == (IPTC, RESOURCE)  # type: ignore[operator]
    assert resources.split(b"8BIM\x04\x04\0\0\xff\xff\xff\xff") == (None, None)


def test_a_cmyk_profile_never_reaches_an_rgb_file() -> None:
    profile = b"\0" * 16 + b"CMYK" + b"\0" * 120
    data = saved(Image.new("CMYK", (8, 6), (0, 90, 200, 10)), "JPEG", icc_profile=profile)
    assert "icc_profile" not in opened(_coded(decoded(data), "png")).info


def test_a_grey_profile_stays_with_grey() -> None:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[16:20] = b"GRAY"
    picture = Decoded(smooth()[..., :1], None, Metadata(icc=bytes(profile)))
    for format in ("jpeg", "png", "tiff"):
        assert decoded(_coded(picture, format)).metadata.icc == bytes(profile)


def grey_profile(gamma: float) -> bytes:
    """Return an ICC profile of grey (ICC.1:2001, 6.3.1)."""
    curve = struct.pack(">4sIIH", b"curv", 0, 1, round(gamma * 256)) + bytes(2)
    white = struct.pack(">4sIiii", b"XYZ ", 0, 63190, 65536, 54061)
    table = struct.pack(">I4sII4sII", 2, b"kTRC", 156, 14, b"wtpt", 172, 20)
    size = 128 + len(table) + len(curve) + len(white)
    head = struct.pack(">II4s4s4s4s", size, 0, bytes([2, 16, 0, 0]), b"mntr", b"GRAY", b"XYZ ")
    head = (head + bytes(12) + b"acsp").ljust(68, b"\0") + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + curve + white


@pytest.mark.parametrize("format", ["webp", "avif"])
def test_grey_with_a_profile_becomes_srgb_where_rgb_is_stored(format: str) -> None:
    linear = np.full((16, 16, 1), 55, np.uint8)
    alpha = np.full((16, 16), 65535, np.uint16)
    for picture in (
        Decoded(linear, None, Metadata(icc=grey_profile(1.0))),
        Decoded(linear.astype(np.uint16) * 257, alpha, Metadata(icc=grey_profile(1.0))),
    ):
        coded = opened(_coded(picture, format))
        assert coded.info["icc_profile"][16:20] == b"RGB "
        assert np.abs(np.asarray(coded.convert("RGB"), int) - 128).max() <= 2  # 55 / 255 of the light
    damaged = grey_profile(1.0)[:140]
    spoilt = opened(_coded(Decoded(linear, None, Metadata(icc=damaged)), format))
    assert "icc_profile" not in spoilt.info
    assert np.abs(np.asarray(spoilt.convert("RGB"), int) - 55).max() <= 2


def test_what_a_camera_appended_is_no_longer_announced() -> None:
    said = (
        b' xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MotionPhoto="1"'
        b""" GCamera:MicroVideoOffset='12' hdrgm:Version="1.0" GCamera:HdrPlusMakernote="kept">"""
    )
    element = (
        b"<GCamera:MotionPhotoVersion>1</GCamera:MotionPhotoVersion><Container:Directory><rdf:Seq><rdf:li "
        b'Item:Semantic="MotionPhoto" Item:Length="9"/></rdf:Seq></Container:Directory><dc:source>'
    )
    packet = XMP.replace(b' tiff:ImageWidth="24">', said).replace(b"<dc:source>", element)
    kept = decoded(_coded(Decoded(smooth(), None, Metadata(xmp=packet)), "jpeg")).metadata.xmp or b""
    assert not any(word in kept for word in (b"Motion", b"MicroVideo", b"hdrgm", b"Directory"))
    assert b'GCamera:HdrPlusMakernote="kept">' in kept
    assert b"<dc:source>the shore</dc:source>" in kept
    ElementTree.fromstring(kept)  # noqa: S314 - our own


@pytest.mark.parametrize("format", [*FORMATS, "bmp"])
@pytest.mark.parametrize("dpi", [4294967295.0, 1e-9])
def test_a_resolution_that_is_none_is_left_out(format: str, dpi: float) -> None:
    coded = _coded(Decoded(smooth(), None, Metadata(dpi=(dpi, 300.0))), format)
    found = decoded(coded).metadata.dpi
    assert found is None or max(found) < 100  # A BMP cannot do without one.


def test_a_comment_is_kept() -> None:
    data = saved(Image.fromarray(smooth()), "JPEG", comment=b"by the sea")
    assert opened(_coded(decoded(data), "jpeg")).info["comment"] == b"by the sea"
