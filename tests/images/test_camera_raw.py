from __future__ import annotations

import io
import struct
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tifffile
from picture_fixtures import LIMIT, XMP, colour, decoded, exif_block, saved, smooth
from PIL import Image

from gantool.errors import ImageError
from gantool.images import ImageFormat, decode, probe
from gantool.images.sniffing import format_of


def test_camera_raw_by_the_extra(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    path = tmp_path / "flat.dng"
    identity = [part for at in range(9) for part in (int(at % 4 == 0), 1)]
    tags = [
        (271, "s", 0, "Maker", True),
        (274, "H", 1, 6, True),
        (33421, "H", 2, (2, 2), True),
        (33422, "B", 4, bytes((0, 1, 1, 2)), True),
        (50706, "B", 4, bytes((1, 4, 0, 0)), True),
        (50708, "s", 0, "Maker Camera", True),
        (50721, "2i", 9, identity, True),
        (50728, "2I", 3, (1, 1, 1, 1, 1, 1), True),
    ]
    tifffile.imwrite(path, np.full((64, 96), 20000, np.uint16), photometric="cfa", extratags=tags)
    header, found = probe(path), decode(path, max_pixels=LIMIT)
    assert (header.width, header.height, header.format) == (found.width, found.height, ImageFormat.RAW)
    assert (found.width, found.height, found.bits) == (64, 96, 16)
    assert b"Maker" in (found.metadata.exif or b"")
    renamed = path.rename(tmp_path / "flat.tif")
    for source in (renamed, renamed.read_bytes()):
        assert np.array_equal(decode(source, max_pixels=LIMIT).pixels, found.pixels)
        assert probe(source) == header
    path = renamed
    with pytest.raises(ImageError, match="--max-pixels"):
        decode(path, max_pixels=100)


def _tiff(subfile: int, *, tags: Sequence[Any] = (), subifds: int = 0) -> bytes:
    """Return a TIFF of 9 x 8 pixels, perhaps with larger pictures below it."""
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream) as file:
        file.write(colour(8, 9), subfiletype=subfile, subifds=subifds or None, extratags=tags)
        for _ in range(subifds):
            file.write(colour(64, 96))
    return stream.getvalue()


_DNG = (50706, "B", 4, bytes((1, 4, 0, 0)), True)


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (_tiff(1, tags=[_DNG]), ImageFormat.RAW),
        (_tiff(1, subifds=1), ImageFormat.RAW),
        (_tiff(0, subifds=2), ImageFormat.TIFF),  # A pyramid.
        (_tiff(0, tags=[_DNG]), ImageFormat.TIFF),  # Developed, and the tags carried over.
        (_tiff(1), ImageFormat.TIFF),
    ],
)
def test_a_camera_raw_is_told_by_its_directory(data: bytes, format: ImageFormat, tmp_path: Path) -> None:
    path = tmp_path / "x.tif"
    path.write_bytes(data)
    with path.open("rb") as stream:
        assert format_of(stream, ".tif") is format
    if format is ImageFormat.TIFF:
        found = decode(path, max_pixels=LIMIT)
        assert (found.width, found.height, probe(data).width) == (9, 8, 9)
    else:  # With or without the extra, it is never taken for the small picture.
        for read in (probe, partial(decode, max_pixels=LIMIT)):
            with pytest.raises(ImageError, match=r"LibRaw|gantool\[raw\]"):
                read(data)


class _Developed:
    """What rawpy gives: a picture of 9 x 8 pixels, whatever the file holds."""

    sizes = SimpleNamespace(width=9, height=8, flip=0)

    def __enter__(self) -> _Developed:
        return self

    def __exit__(self, *trouble: object) -> None:
        return None

    def postprocess(self, **how: object) -> Any:
        return colour(8, 9, np.uint16)


@pytest.fixture
def libraw(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = SimpleNamespace(imread=lambda stream: _Developed(), LibRawError=RuntimeError)
    monkeypatch.setitem(sys.modules, "rawpy", stub)


def _raf(preview: bytes, at: int = 200) -> bytes:
    """Return what stands around the preview in a file of Fuji."""
    head = b"FUJIFILMCCD-RAW 0201FF129502X-T1".ljust(84, b"\0") + struct.pack(">II", at, len(preview))
    return head.ljust(at, b"\0") + preview + bytes(64)


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def _tags(order: str, entries: dict[int, tuple[int, int, bytes]]) -> bytes:
    """Return a TIFF structure of one directory, its values inline."""
    table = b"".join(
        struct.pack(order + "HHI", tag, kind, count) + data.ljust(4, b"\0")
        for tag, (kind, count, data) in sorted(entries.items())
    )
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return magic + struct.pack(order + "IH", 8, len(entries)) + table + bytes(4)


def _cr3(**parts: bytes) -> bytes:
    """Return a file of Canon with such parts in it."""
    canon = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
    packet = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + XMP
    inner = b"".join(_box(name.encode(), data) for name, data in parts.items())
    movie = _box(b"moov", _box(b"uuid", canon + _box(b"CNCV", bytes(30)) + inner) + _box(b"mvhd", bytes(9)))
    return _box(b"ftyp", b"crx \0\0\0\1crx isom") + movie + _box(b"uuid", packet) + _box(b"mdat", bytes(99))


_FIRST = _tags("<", {256: (3, 1, b"\x70\x17"), 271: (2, 4, b"Can\0"), 274: (3, 1, b"\6\0")})
_SECOND = _tags(">", {0x8827: (3, 1, struct.pack(">H", 400))})
_PLACE = _tags("<", {1: (2, 2, b"N\0")})


@pytest.mark.usefixtures("libraw")
def test_a_fuji_files_exif_is_that_of_its_preview() -> None:
    picture = Image.fromarray(smooth())
    profile = b"\0" * 16 + b"RGB " + b"\0" * 120
    found = decoded(
        _raf(saved(picture, "JPEG", exif=b"Exif\0\0" + exif_block(6), xmp=XMP, icc_profile=profile))
    )
    assert (found.format, found.bits, found.metadata.icc) == (ImageFormat.RAW, 16, None)
    exif = Image.Exif()
    exif.load(found.metadata.exif or b"")
    assert (exif[0x010F], exif[0x0112]) == ("Camera", 1)
    assert tuple(map(float, exif.get_ifd(0x8825)[2])) == (48.0, 51.0, 30.0)
    assert b"the shore" in (found.metadata.xmp or b"")
    assert found.metadata.unread == ()


@pytest.mark.usefixtures("libraw")
def test_the_directories_of_a_canon_file_are_joined() -> None:
    found = decoded(_cr3(CMT1=_FIRST, CMT2=_SECOND, CMT3=_SECOND, CMT4=_PLACE)).metadata
    exif = Image.Exif()
    exif.load(found.exif or b"")
    assert (exif[0x010F], exif[0x0112]) == ("Can", 1)
    assert 256 not in exif  # Of the preview.
    assert exif.get_ifd(0x8769)[0x8827] == 400
    assert exif.get_ifd(0x8825)[1] == "N"
    assert b"the shore" in (found.xmp or b"")
    assert found.unread == ("its maker note was left out",)


@pytest.mark.usefixtures("libraw")
@pytest.mark.parametrize(
    "data",
    [
        _raf(b"no picture"),
        _raf(saved(Image.fromarray(smooth()), "JPEG")),  # Without EXIF.
        _raf(b"", at=9000)[:300],
        _raf(b"")[:90],
        _cr3(),
        _cr3(CMT2=_SECOND),
        _cr3(CMT1=b"II*\0\xff\xff\xff\xff"),
        _cr3(CMT1=b""),
        _box(b"ftyp", b"crx \0\0\0\1crx isom") + b"\xff\xff\xff\xffmoov" + bytes(30),
        _box(b"ftyp", b"crx \0\0\0\1crx isom") + struct.pack(">I4sQ", 1, b"moov", 1 << 63) + bytes(30),
        b"FOVb".ljust(200, b"\0"),
    ],
)
def test_exif_that_is_not_found_is_told(data: bytes) -> None:
    found = decoded(data).metadata
    assert found.exif is None
    assert "its EXIF could not be read" in found.unread


@pytest.mark.usefixtures("libraw")
def test_a_camera_file_cut_or_spoilt_anywhere_is_read_all_the_same() -> None:
    whole = _cr3(CMT1=_FIRST, CMT2=_SECOND, CMT3=_SECOND, CMT4=_PLACE)
    for at in range(32, len(whole)):
        assert decoded(whole[:at]).pixels.shape == (8, 9, 3)
        assert decoded(whole[:at] + b"\xff" + whole[at + 1 :]).pixels.shape == (8, 9, 3)
    fuji = _raf(saved(Image.fromarray(smooth()), "JPEG", exif=b"Exif\0\0" + exif_block()))
    for at in range(84, 700):
        assert decoded(fuji[:at]).pixels.shape == (8, 9, 3)
        assert decoded(fuji[:at] + b"\xff" + fuji[at + 1 :]).pixels.shape == (8, 9, 3)
