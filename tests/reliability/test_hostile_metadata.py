"""Metadata made to take for ever, or all memory: it is read in time that grows with its size alone."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import pytest

from gantool.errors import ImageError
from gantool.images import decode, exif, ifd, jpeg, photoshop, png, tiff, xmp
from gantool.images.png import SIGNATURE, chunk
from tests.reliability.seeds import block_of, noise, saved

EXIF_IFD, INTEROP_IFD = 0x8769, 0xA005
PACKET = b'<x:xmpmeta><rdf:RDF><rdf:Description tiff:ImageWidth="3"/></rdf:RDF></x:xmpmeta>'


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Where directories were read."""
    read: list[int] = []
    inner = ifd.places

    def counted(stream: object, layout: object, at: int) -> object:
        read.append(at)
        return inner(stream, layout, at)  # type: ignore[arg-type]

    monkeypatch.setattr(ifd, "places", counted)
    return read


@pytest.mark.parametrize("tag", [EXIF_IFD, INTEROP_IFD])
def test_directories_that_hold_themselves_are_read_once(tag: int, tables: list[int]) -> None:
    block = block_of([(tag, 4, 1, 8)] * 2000)
    assert exif.orientation(block) == 1
    assert exif.mended(block, 5, 5) is not None
    assert exif.without_maker_note(block) is not None
    assert tiff.read(io.BytesIO(block)).dpi is None
    assert len(tables) < 20


def test_a_chain_of_directories_ends(tables: list[int]) -> None:
    size = len(block_of([(EXIF_IFD, 4, 1, 8)])) - 8
    chain = b"".join(block_of([(EXIF_IFD, 4, 1, 8 + size * (at + 1))])[8:] for at in range(3000))
    assert exif.orientation(b"II*\0\x08\0\0\0" + chain) == 1
    assert len(tables) < 20


def test_values_that_share_their_bytes_take_them_once(tmp_path: Path) -> None:
    shared = 1 << 20
    block = block_of([(1000 + number, 1, shared, 8) for number in range(3000)]) + bytes(shared)
    held = ifd.read(io.BytesIO(block), *ifd.read_header(io.BytesIO(block)))
    assert sum(len(entry.data) for entry in held.entries.values()) <= len(block)
    picture = tmp_path / "values.tif"
    picture.write_bytes(block)
    with pytest.raises(ImageError, match="damaged"):
        decode(picture, max_pixels=100)


@pytest.mark.parametrize(
    "padding",
    [
        b" " * 300_000,
        b"<xmp:Thumbnails " * 20_000,
        b"tiff:ImageWidth " * 20_000,
        b"tiff:ImageWidth='1" * 20_000,
    ],
)
def test_packets_are_mended_in_one_pass(padding: bytes) -> None:
    mended = xmp.mended(padding + PACKET, 77, 5)
    assert mended is not None
    assert b'tiff:ImageWidth="77"' in mended
    assert mended.startswith(padding[:16].replace(b"'1", b"'7")[:15])


@pytest.mark.parametrize("extension", [b"<rdf:RDF " * 40_000, b"<rdf:RDF>" * 40_000, b"</rdf:RDF" * 40_000])
def test_extensions_are_joined_in_one_pass(extension: bytes) -> None:
    note = b' xmpNote:HasExtendedXMP="00"'
    assert xmp.joined(PACKET[:-20] + b" " * 60_000 + note + PACKET[-20:], extension) is not None


def test_thumbnails_are_cut_out_and_the_rest_stays() -> None:
    thumbnails = b"\n <xmp:Thumbnails a='1'>x<y/></xmp:Thumbnails >"
    assert xmp.mended(b"<a>" + thumbnails + b"<b/>" + thumbnails + b"</a>", 1, 1) == b"<a><b/></a>"
    assert xmp.mended(b"<a><xmp:Thumbnails></a>", 1, 1) == b"<a><xmp:Thumbnails></a>"


def test_many_small_resources() -> None:
    block = (b"8BIM" + struct.pack(">HHI", 0x3E8, 0, 0)) * 60_000
    assert photoshop.split(block) == (None, block)


def test_many_segments() -> None:
    segment = b"\xff\xed" + struct.pack(">H", 2 + 14 + 10) + b"Photoshop 3.0\0" + bytes(10)
    assert jpeg.read(io.BytesIO(b"\xff\xd8" + segment * 60_000)).photoshop is None


def test_packed_texts_are_unpacked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[int] = []
    inner = png._unpacked
    monkeypatch.setattr(png, "_unpacked", lambda data: unpacked.append(1) or inner(data))
    bomb = zlib.compress(bytes(1 << 20))
    kinds = [
        chunk(b"iCCP", b"icc\0\0" + bomb),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + bomb),
        *(
            chunk(b"zTXt", f"Raw profile type {name}\0\0".encode() + bomb)
            for name in ("exif", "APP1", "other")
        ),
    ]
    png.read(io.BytesIO(SIGNATURE + b"".join(kinds) * 50))
    assert len(unpacked) < 60  # APP1 says what it is once it is unpacked; the others are known before.


def test_samples_beyond_measure_are_refused(tmp_path: Path) -> None:
    import tifffile

    stream = io.BytesIO()
    tifffile.imwrite(stream, noise_array(), photometric="minisblack", planarconfig="contig")
    path = tmp_path / "samples.tif"
    path.write_bytes(stream.getvalue())
    with pytest.raises(ImageError, match="300 samples a pixel"):
        decode(path, max_pixels=100)


@pytest.mark.parametrize("kind", ["uint8", "uint16"])
def test_tiles_far_larger_than_the_picture_are_not_unpacked(kind: str, tmp_path: Path) -> None:
    """Eight bits come through Pillow, which takes a tile's whole memory for a picture of 64 x 64."""
    import numpy as np
    import tifffile

    path = tmp_path / "tile.tif"
    tile = np.zeros((4096, 4096), kind)
    tifffile.imwrite(path, tile, tile=tile.shape, compression="adobe_deflate", photometric="minisblack")
    assert decode(path, max_pixels=tile.size).pixels.shape == (4096, 4096, 1)
    with tifffile.TiffFile(path, mode="r+b") as file:
        for side in ("ImageWidth", "ImageLength"):
            file.pages[0].tags[side].overwrite(64)  # type: ignore[union-attr]
    with pytest.raises(ImageError, match="tiles"):
        decode(path, max_pixels=10_000)


@pytest.mark.parametrize("samples", [1, 2])
def test_colours_of_too_few_samples_are_refused(samples: int, tmp_path: Path) -> None:
    """They were an array that no picture is made of: a traceback, and the end of a batch."""
    import numpy as np
    import tifffile

    path = tmp_path / "few.tif"
    plan = "contig" if samples > 1 else None
    tifffile.imwrite(path, np.ones((4, 4, samples), np.uint16), photometric="minisblack", planarconfig=plan)
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages[0].tags["PhotometricInterpretation"].overwrite(2)  # type: ignore[union-attr]
    with pytest.raises(ImageError, match=f"{samples} samples a pixel"):
        decode(path, max_pixels=100)


def noise_array() -> object:
    import numpy as np

    return np.ones((4, 4, 300), np.uint16)


@pytest.mark.parametrize("format", ["ICO", "ICNS", "PCX", "SGI"])
def test_formats_no_photograph_comes_in_are_not_opened(format: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.png"
    path.write_bytes(saved(noise(32, 32), format))
    with pytest.raises(ImageError, match="not a picture"):
        decode(path, max_pixels=10_000)


def test_a_drawing_is_called_one(tmp_path: Path) -> None:
    path = tmp_path / "drawing.eps"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.raises(ImageError, match="EPS drawing"):
        decode(path, max_pixels=10_000)
