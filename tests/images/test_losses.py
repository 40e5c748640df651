from __future__ import annotations

import numpy as np
import pytest
from picture_fixtures import IPTC, XMP, colour, exif_block, icc, smooth

from gantool.images import Decoded, ImageFormat
from gantool.images.formats import WRITABLE
from gantool.images.losses import losses
from gantool.images.model import Metadata

_FULL = Metadata(exif=exif_block(), xmp=XMP, iptc=IPTC, icc=icc(), dpi=(300, 300))


def _said(picture: Decoded, format: ImageFormat, strip: bool = False) -> tuple[str, ...]:
    return losses(picture, format, strip_metadata=strip)


@pytest.mark.parametrize("format", WRITABLE)
def test_transparency_that_a_format_lacks_is_told(format: ImageFormat) -> None:
    alpha = np.full((16, 24), 255, np.uint8)
    assert _said(Decoded(smooth(), alpha), format) == ()  # Opaque: nothing is lost.
    alpha[3, 4] = 254
    lacking = format in (ImageFormat.JPEG, ImageFormat.BMP)
    wanted = (f"its transparency was laid over white: {format.upper()} has none",) if lacking else ()
    assert _said(Decoded(smooth(), alpha), format) == wanted


@pytest.mark.parametrize("format", WRITABLE)
def test_bits_that_a_format_lacks_are_told(format: ImageFormat) -> None:
    said = _said(Decoded(colour(kind=np.uint16)), format)
    lacking = format not in (ImageFormat.PNG, ImageFormat.TIFF)
    assert [f"rounded to 8 bits: {format}" in one.lower() for one in said] == [True] * lacking
    assert _said(Decoded(colour()), format) == ()


@pytest.mark.parametrize("format", WRITABLE)
def test_metadata_that_a_format_lacks_is_told(format: ImageFormat) -> None:
    lacking = {"webp": "IPTC", "avif": "IPTC", "bmp": "EXIF, XMP, IPTC, colour profile"}
    said = [line.partition(": ")[2] for line in _said(Decoded(smooth(), None, _FULL), format)]
    assert said == ([lacking[format]] if format in lacking else [])


def test_what_is_left_out_on_purpose_is_not_told() -> None:
    assert _said(Decoded(smooth(), None, _FULL), ImageFormat.WEBP, strip=True) == ()
    (said,) = _said(Decoded(smooth(), None, _FULL), ImageFormat.BMP, strip=True)
    assert said.endswith(": colour profile")
