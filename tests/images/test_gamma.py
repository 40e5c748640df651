"""What a PNG says of its colours by gAMA and cHRM is still true of its results in other formats."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from gantool.images import decode, encode_bytes
from gantool.images.colour import as_srgb
from gantool.images.png import chunk

SRGB = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
ADOBE = (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
COLOUR = (200, 80, 60)


def picture(colour: tuple[int, ...] | int, **chunks: bytes) -> bytes:
    stream = io.BytesIO()
    Image.new("L" if isinstance(colour, int) else "RGB", (8, 8), colour).save(stream, "PNG")
    plain = stream.getvalue()
    return plain[:33] + b"".join(chunk(kind.encode(), data) for kind, data in chunks.items()) + plain[33:]


def gama(value: int) -> bytes:
    return struct.pack(">I", value)


def chrm(points: tuple[int, ...]) -> bytes:
    return struct.pack(">8I", *points)


def seen(content: bytes) -> tuple[int, ...]:
    """Return the colour that a viewer shows, in sRGB."""
    image = Image.open(io.BytesIO(content))
    shown = as_srgb(image, image.info.get("icc_profile")).getpixel((4, 4))
    assert isinstance(shown, tuple)
    return shown


@pytest.mark.parametrize("format", ["png", "jpeg", "tiff", "webp"])
@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (picture(COLOUR, gAMA=gama(100_000)), (229, 152, 133)),  # Linear light.
        (picture(COLOUR, gAMA=gama(45_455), cHRM=chrm(ADOBE)), (230, 79, 56)),
        (picture(55, gAMA=gama(100_000)), (128, 128, 128)),
    ],
    ids=["linear", "wide", "grey"],
)
def test_colours_stay_in_every_format(format: str, given: bytes, wanted: tuple[int, ...]) -> None:
    """They were the bare samples: half as bright, of what is in linear light."""
    made = encode_bytes(decode(given, max_pixels=100), format=format, quality=100, strip_metadata=True)
    assert np.abs(np.subtract(seen(made), wanted)).max() <= 4


@pytest.mark.parametrize(
    "chunks",
    [
        {},
        {"gAMA": gama(45_455)},
        {"gAMA": gama(45_455), "cHRM": chrm(SRGB)},
        {"gAMA": gama(100_000), "sRGB": b"\0"},
        {"cHRM": chrm(ADOBE)},
        {"gAMA": gama(0)},
        {"gAMA": gama(4_000_000_000)},
        {"gAMA": b"\0"},
        {"gAMA": gama(100_000), "cHRM": chrm((0,) * 8)},
        {"gAMA": gama(100_000), "cHRM": chrm((31270, 32900) * 4)},
    ],
)
def test_what_is_usual_or_means_nothing_needs_no_profile(chunks: dict[str, bytes]) -> None:
    assert decode(picture(COLOUR, **chunks), max_pixels=100).metadata.icc is None
