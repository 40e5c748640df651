from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import tifffile
from picture_fixtures import colour, decoded, exif_block, saved, smooth
from PIL import Image

from gantool.images import ImageFormat, probe


@pytest.mark.parametrize("format", ["TIFF", "WEBP", "PNG", "GIF", "AVIF"])
@pytest.mark.parametrize("count", [1, 3])
def test_pages_and_frames_are_counted_and_the_first_is_taken(format: str, count: int) -> None:
    first, *more = (Image.new("RGB", (9, 8), (value, 0, 0)) for value in range(200, 200 + 20 * count, 20))
    picture = decoded(saved(first, format, save_all=True, append_images=more))
    assert picture.frames == count
    assert abs(int(picture.pixels[0, 0, 0]) - 200) < 4


def test_a_smaller_copy_is_no_page_and_what_is_broken_behind_the_first_no_reason_to_refuse() -> None:
    deep, stream = colour(kind=np.uint16), io.BytesIO()
    with tifffile.TiffWriter(stream) as file:
        for reduced in (False, False, True):
            file.write(deep, subfiletype=1 if reduced else 0)
    assert decoded(stream.getvalue()).frames == 2
    first, more = Image.new("RGB", (9, 8), "red"), Image.effect_noise((9, 8), 90)
    gif = saved(first, "GIF", save_all=True, append_images=[more])
    assert decoded(gif[:-40]).pixels[0, 0].tolist() == [255, 0, 0]


def _with_index(*kinds: int) -> bytes:
    """A JPEG with a Multi-Picture index of such kinds, and bytes behind it."""
    table = b"".join(struct.pack("<IIIHH", kind, 100, 0, 0, 0) for kind in kinds)
    index = struct.pack("<2sHIHHHII", b"II", 42, 8, 1, 0xB002, 7, len(table), 26) + bytes(4) + table
    first = saved(Image.new("RGB", (9, 8), (200, 0, 0)), "JPEG")
    segment = struct.pack(">BBH", 0xFF, 0xE2, len(index) + 6) + b"MPF\0" + index
    return first[:2] + segment + first[2:] + bytes(100)


@pytest.mark.parametrize(
    ("kinds", "count"),
    [
        ((0x20020002, 0x020002), 2),  # a stereo camera's; the first is marked as the representative one
        ((0x030000, 0x020003, 0x020003), 3),
        ((0x20030000, 0x010001, 0x010002), 1),  # previews
        ((0x030000, 0), 1),  # a gain map
        ((), 1),
    ],
)
def test_pictures_of_a_multi_picture_jpeg_are_counted(kinds: tuple[int, ...], count: int) -> None:
    file = _with_index(*kinds)
    assert decoded(file).frames == count
    assert abs(int(decoded(file).pixels[0, 0, 0]) - 200) < 4
    assert decoded(file.replace(b"II*", b"II?", 1)).frames == 1


def test_pillows_multi_picture_files_are_read() -> None:
    first, more = (Image.new("RGB", (9, 8), (value, 0, 0)) for value in (200, 100))
    found = decoded(saved(first, "MPO", save_all=True, append_images=[more]))
    assert found.format is ImageFormat.JPEG
    assert abs(int(found.pixels[0, 0, 0]) - 200) < 4


def test_heic_by_the_extra() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    stream = io.BytesIO()
    heif = pillow_heif.from_pillow(Image.fromarray(smooth(64, 96)))
    heif.save(stream, quality=95, exif=exif_block())
    found = decoded(stream.getvalue())
    assert found.format is ImageFormat.HEIF
    assert np.abs(found.pixels.astype(int) - smooth(64, 96)).mean() < 4
    assert found.metadata.exif
    assert (probe(stream.getvalue()).width, probe(stream.getvalue()).height) == (96, 64)


def test_a_heic_files_main_picture_is_taken_and_the_others_are_counted() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    stream = io.BytesIO()
    burst = pillow_heif.from_pillow(Image.new("RGB", (64, 64), (200, 0, 0)))
    burst.add_from_pillow(Image.new("RGB", (64, 64), (0, 0, 200)))
    burst.save(stream, primary_index=1)
    found = decoded(stream.getvalue())
    assert found.frames == 2
    assert found.pixels[32, 32, 2] > 150 > found.pixels[32, 32, 0]
