from __future__ import annotations

import struct
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from picture_fixtures import LIMIT, colour, saved, smooth
from PIL import Image

from gantool.errors import ImageError
from gantool.images import decode, probe
from gantool.images.png import SIGNATURE, chunk


def _refused(path: Path, limit: int = LIMIT) -> str:
    with pytest.raises(ImageError) as caught:
        decode(path, max_pixels=limit)
    line = str(caught.value)
    assert str(path) in line
    assert "\n" not in line
    assert caught.value.remedy
    return line


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_truncated_file_is_damaged(format: str, part: float, tmp_path: Path) -> None:
    data = saved(Image.fromarray(colour(96, 128)), format)
    path = tmp_path / f"cut.{format.lower()}"
    path.write_bytes(data[: int(len(data) * part)])
    _refused(path)


def test_a_truncated_deep_file_is_damaged(tmp_path: Path) -> None:
    import imagecodecs
    import tifffile

    pixels = colour(96, 128, np.uint16)
    whole = tmp_path / "whole.tif"
    tifffile.imwrite(whole, pixels, photometric="rgb")
    for name, data in (("a.png", bytes(imagecodecs.png_encode(pixels))), ("a.tif", whole.read_bytes())):
        path = tmp_path / name
        path.write_bytes(data[: len(data) * 2 // 3])
        assert "damaged" in _refused(path)


def test_a_png_with_a_flipped_bit_is_damaged(tmp_path: Path) -> None:
    data = bytearray(saved(Image.fromarray(colour(96, 128)), "PNG"))
    data[len(data) // 2] ^= 0x10
    path = tmp_path / "flipped.png"
    path.write_bytes(data)
    assert "damaged" in _refused(path)


def test_what_is_no_picture_is_named_as_what_it_is(tmp_path: Path) -> None:
    text, empty, noise = tmp_path / "a.png", tmp_path / "b.jpg", tmp_path / "c.webp"
    text.write_text("not a picture at all\n" * 20)
    empty.write_bytes(b"")
    noise.write_bytes(bytes(range(256)) * 4)
    assert "is text" in _refused(text)
    assert "is empty" in _refused(empty)
    assert "not a picture" in _refused(noise)
    assert "does not exist" in _refused(tmp_path / "missing.png")
    assert "is a folder" in _refused(tmp_path)
    with pytest.raises(ImageError, match="is text"):
        probe(text)


def _bomb(width: int, height: int) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return SIGNATURE + header + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["png", "bmp", "gif", "jpg", "tif"])
def test_a_bomb_is_refused_by_its_header(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"bomb.{kind}"
    small = saved(Image.fromarray(smooth()), {"jpg": "JPEG", "tif": "TIFF"}.get(kind, kind.upper()))
    side = struct.pack("<I", 40000)
    patched = {
        "png": lambda: _bomb(40000, 40000),
        "bmp": lambda: small[:18] + side + side + small[26:],
        "gif": lambda: small[:6] + side[:2] + side[:2] + small[10:],
        "jpg": lambda: _jpeg_of_size(small, 40000),
        "tif": lambda: _tiff_of_size(small, 40000),
    }[kind]()
    path.write_bytes(patched)
    line = _refused(path, 250_000_000)
    assert "40000 x 40000" in line
    assert "--max-pixels" in line
    assert probe(path).width == 40000


def _jpeg_of_size(data: bytes, side: int) -> bytes:
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", side, side) + data[at + 4 :]


def _tiff_of_size(data: bytes, side: int) -> bytes:
    out, first = bytearray(data), struct.unpack_from("<I", data, 4)[0]
    for number in range(struct.unpack_from("<H", data, first)[0]):
        at = first + 2 + 12 * number
        if struct.unpack_from("<H", data, at)[0] in (256, 257):
            struct.pack_into("<HIHH", out, at + 2, 3, 1, side, 0)
    return bytes(out)


def test_pillows_guard_is_silent_below_our_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(Image.fromarray(smooth(60, 60)), "WEBP")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decode(data, max_pixels=3600).width == 60
    with pytest.raises(ImageError, match="--max-pixels 3600"):
        decode(data, max_pixels=3599)


def test_a_missing_extra_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.setitem(sys.modules, "rawpy", None)
    heic, raw = tmp_path / "a.heic", tmp_path / "a.nef"
    heic.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(100))
    raw.write_bytes(b"II*\0\x08\0\0\0" + bytes(100))
    assert "pip install 'gantool[heif]'" in _refused(heic)
    assert "pip install 'gantool[raw]'" in _refused(raw)


def test_bytes_are_named_by_where_they_come_from() -> None:
    with pytest.raises(ImageError, match="standard input is empty"):
        decode(b"", max_pixels=LIMIT)


def test_samples_no_picture_can_have_are_refused(tmp_path: Path) -> None:
    import tifffile

    for name, samples in (("wide", np.array([[0.0, 2.0]])), ("nan", np.array([[np.nan, 0.0]]))):
        path = tmp_path / f"{name}.tif"
        tifffile.imwrite(path, samples.astype(np.float32), photometric="minisblack")
        assert "16-bit" in _refused(path)
