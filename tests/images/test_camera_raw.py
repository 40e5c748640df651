from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from picture_fixtures import LIMIT, colour

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
