from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from picture_fixtures import LIMIT, colour, decoded, saved, smooth
from PIL import Image, ImageCms

from gantool.images import ImageFormat, decode, probe
from gantool.images.colour import space


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "PPM", "TGA"])
def test_rgb_and_grey_come_back_exactly(format: str) -> None:
    pixels = colour()
    grey = pixels[..., 0]
    assert np.array_equal(decoded(saved(Image.fromarray(pixels), format)).pixels, pixels)
    found = decoded(saved(Image.fromarray(grey), format))
    assert found.pixels.shape == (16, 24, 1)
    assert np.array_equal(found.pixels[..., 0], grey)


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "AVIF", "GIF"])
def test_lossy_formats_open_close_to_the_original(format: str) -> None:
    pixels = smooth()
    options = {} if format == "GIF" else {"quality": 100}
    found = decoded(saved(Image.fromarray(pixels), format, **options))
    assert found.format == format.lower()
    assert np.abs(found.pixels.astype(int) - pixels).mean() < (20 if format == "GIF" else 3)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_stay_sixteen(format: str, channels: int) -> None:
    import imagecodecs

    pixels = colour(kind=np.uint16, channels=channels)
    plain = pixels[..., 0] if channels == 1 else pixels
    stream = io.BytesIO()
    tifffile.imwrite(stream, plain, photometric="rgb" if channels == 3 else "minisblack")
    data = (
        stream.getvalue() if format == "TIFF" else bytes(imagecodecs.png_encode(np.ascontiguousarray(plain)))
    )
    assert np.array_equal(decoded(data).pixels, pixels)
    assert decoded(data).pixels.dtype == np.uint16
    header = probe(data)
    assert (header.width, header.height, header.channels, header.bits) == (24, 16, channels, 16)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_and_reset(format: str, orientation: int) -> None:
    pixels = smooth()
    turned = _turned(pixels, orientation)
    options: dict[str, Any] = {} if format in ("PNG", "TIFF") else {"quality": 100}
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(Image.fromarray(pixels), format, exif=exif, **options)
    found = decoded(data)
    assert found.pixels.shape == turned.shape
    assert np.abs(found.pixels.astype(int) - turned).mean() < 3
    assert (probe(data).width, probe(data).height) == (turned.shape[1], turned.shape[0])
    if found.metadata.exif:
        kept = Image.Exif()
        kept.load(found.metadata.exif)
        assert kept.get(0x0112, 1) == 1


def _turned(pixels: Any, orientation: int) -> Any:
    """Apply the standard's own words: where the 0th row and column of the file belong."""
    across = {1: pixels, 2: np.fliplr(pixels), 3: np.rot90(pixels, 2), 4: np.flipud(pixels)}
    down = {5: np.fliplr(np.rot90(pixels, -1)), 6: np.rot90(pixels, -1)}
    down |= {7: np.fliplr(np.rot90(pixels, 1)), 8: np.rot90(pixels, 1)}
    return (across | down)[orientation]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_deep_pictures(orientation: int) -> None:
    pixels = colour(kind=np.uint16)
    stream = io.BytesIO()
    tifffile.imwrite(stream, pixels, photometric="rgb", extratags=[(274, "H", 1, orientation, True)])
    assert np.array_equal(decoded(stream.getvalue()).pixels, _turned(pixels, orientation))
    header = probe(stream.getvalue())
    assert (header.width, header.height) == ((24, 16) if orientation < 5 else (16, 24))


def test_one_bit_becomes_grey() -> None:
    bits = Image.fromarray(colour()[..., 0]).convert("1")
    for format in ("PNG", "TIFF", "BMP"):
        found = decoded(saved(bits, format))
        assert found.pixels.shape == (16, 24, 1)
        assert np.array_equal(found.pixels[..., 0], np.asarray(bits.convert("L")))


def test_palette_with_transparency_becomes_rgb_and_alpha() -> None:
    palette = Image.fromarray(smooth()).quantize(5)
    expected = palette.convert("RGB")
    found = decoded(saved(palette, "PNG", transparency=bytes([0, 128, 255, 255, 255])))
    assert np.array_equal(found.pixels, np.asarray(expected))
    assert found.alpha is not None
    assert np.array_equal(found.alpha, np.array([0, 128, 255, 255, 255], np.uint8)[np.asarray(palette)])
    gif = decoded(saved(palette, "GIF", transparency=2))
    assert gif.alpha is not None
    assert set(np.unique(gif.alpha)) == {0, 255}


def test_transparent_colour_of_sixteen_bits_becomes_alpha() -> None:
    import imagecodecs

    from gantool.images.png import chunk

    pixels = colour(kind=np.uint16)
    data = bytes(imagecodecs.png_encode(pixels))
    key = b"".join(int(value).to_bytes(2, "big") for value in pixels[3, 5])
    found = decoded(data[:33] + chunk(b"tRNS", key) + data[33:])
    assert found.alpha is not None
    assert found.alpha.dtype == np.uint16
    assert (found.alpha == 0).sum() == 1
    assert found.alpha[3, 5] == 0


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_alpha_is_kept_apart(mode: str, format: str) -> None:
    whole = colour(channels=2 if mode == "LA" else 4)
    data = saved(Image.fromarray(whole, mode), format)
    found = decoded(data)
    assert np.array_equal(found.pixels, whole[..., :-1])
    assert found.alpha is not None
    assert np.array_equal(found.alpha, whole[..., -1])
    assert probe(data).alpha


def test_cmyk_becomes_rgb_and_its_profile_goes() -> None:
    flat = Image.new("CMYK", (8, 6), (0, 255, 255, 0))
    found = decoded(saved(flat, "TIFF", icc_profile=b"\0" * 16 + b"CMYK" + b"\0" * 120))
    assert found.pixels.shape == (6, 8, 3)
    assert tuple(found.pixels[0, 0]) == (255, 0, 0)
    assert found.metadata.icc is None
    assert tuple(decoded(saved(flat, "JPEG", quality=100)).pixels[0, 0]) == pytest.approx((255, 0, 0), abs=3)


def _cmyk_profile() -> bytes:
    """Return a small ICC profile (ICC.1:2001-04, lut8Type) of a press whose cyan is Lab (55, -37, -50)."""
    grid = bytearray()
    for corner in range(16):  # Cyan varies slowest.
        cyan, black = corner & 8, corner & 1
        grid += bytes((0, 128, 128) if black else (140, 91, 78) if cyan else (255, 128, 128))
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 if at % 4 == 0 else 0 for at in range(9)))
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + matrix + ramp * 4 + bytes(grid) + ramp * 3
    table += bytes(-len(table) % 4)
    head = struct.pack(">I4sI4s4s4s", 144 + len(table), b"", 0x02400000, b"prtr", b"CMYK", b"Lab ")
    head += struct.pack(">6H4s", 2020, 1, 1, 0, 0, 0, b"acsp").ljust(44, b"\0")
    head = (head + struct.pack(">3i", 63190, 65536, 54061)).ljust(128, b"\0")
    return head + struct.pack(">I4sII", 1, b"A2B0", 144, len(table)) + table


def test_cmyk_goes_through_its_profile() -> None:
    flat = Image.new("CMYK", (8, 6), (255, 0, 0, 0))
    flat.paste((0, 0, 0, 0), (4, 0, 8, 6))
    found = decoded(saved(flat, "TIFF", icc_profile=_cmyk_profile()))
    red, green, blue = found.pixels[0, 0]
    assert red < 40 < 110 < green < 170 < 190 < blue  # Not the (0, 255, 255) of plain inversion.
    assert found.pixels[0, 7].min() > 250
    assert found.metadata.icc is not None
    assert space(found.metadata.icc) == b"RGB "


def test_lab_becomes_srgb_and_says_so() -> None:
    srgb, lab = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    wanted = Image.new("RGB", (8, 6), (200, 90, 40))
    converted = ImageCms.profileToProfile(wanted, srgb, lab, outputMode="LAB")
    assert converted is not None
    found = decoded(saved(converted, "TIFF"))
    assert np.abs(found.pixels.astype(int) - np.asarray(wanted)).max() <= 4
    assert found.metadata.icc is not None
    assert space(found.metadata.icc) == b"RGB "


def test_deep_tiff_kinds() -> None:
    pixels = colour(kind=np.uint16)
    for options in (
        {"planarconfig": "separate"},
        {"byteorder": ">"},
        {"compression": "lzw", "predictor": True},
    ):
        stream = io.BytesIO()
        data = np.moveaxis(pixels, -1, 0).copy() if "planarconfig" in options else pixels
        tifffile.imwrite(stream, data, photometric="rgb", **options)  # type: ignore[arg-type]
        assert np.array_equal(decoded(stream.getvalue()).pixels, pixels)


def test_deep_tiff_alpha_and_fractions() -> None:
    whole = colour(kind=np.uint16, channels=4)
    stream = io.BytesIO()
    tifffile.imwrite(stream, whole, photometric="rgb", extrasamples=["unassalpha"])
    found = decoded(stream.getvalue())
    assert found.alpha is not None
    assert np.array_equal(found.pixels, whole[..., :3])
    assert np.array_equal(found.alpha, whole[..., 3])
    stream = io.BytesIO()
    tifffile.imwrite(stream, (whole[..., :3] / 65535).astype(np.float32), photometric="rgb")
    assert np.abs(decoded(stream.getvalue()).pixels.astype(int) - whole[..., :3]).max() <= 1


def test_premultiplied_colours_are_divided() -> None:
    stream = io.BytesIO()
    whole = np.full((4, 4, 4), 10000, np.uint16)
    whole[..., 3] = 20000
    tifffile.imwrite(stream, whole, photometric="rgb", extrasamples=["assocalpha"])
    assert np.all(decoded(stream.getvalue()).pixels == round(10000 * 65535 / 20000))


def test_sixteen_bit_pgm(tmp_path: Path) -> None:
    grey = colour(kind=np.uint16)[..., 0]
    path = tmp_path / "deep.pgm"
    path.write_bytes(b"P5 24 16 65535\n" + grey.astype(">u2").tobytes())
    found = decode(path, max_pixels=LIMIT)
    assert found.format is ImageFormat.OTHER
    assert np.array_equal(found.pixels[..., 0], grey)
