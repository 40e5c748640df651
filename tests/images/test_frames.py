from __future__ import annotations

import io

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
