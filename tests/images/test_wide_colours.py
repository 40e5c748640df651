"""More than 8 bits, and colours that numbers state in the place of a profile (HDR, wide gamuts)."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from picture_fixtures import decoded, icc, saved, smooth
from PIL import Image

from gantool.images import Decoded, ImageFormat, avif, cicp, encode_bytes, probe
from gantool.images.losses import losses
from gantool.images.model import Chunk, Metadata

_PQ = Chunk(b"cICP", bytes((9, 16, 0, 1)))


def _avif(bits: int, *numbers: int) -> bytes:
    """Return an AVIF of such a depth and such colours (primaries, curve, matrix)."""
    named = dict(zip(("primaries", "transfer", "matrix"), numbers, strict=False))
    pixels = smooth(64, 96).astype(np.uint16) << (bits - 8) if bits > 8 else smooth(64, 96)
    return bytes(imagecodecs.avif_encode(pixels, level=95, bitspersample=bits, **named))


def _heic(pixels: Any, mode: str, **numbers: int) -> bytes:
    pillow_heif = pytest.importorskip("pillow_heif")
    stream = io.BytesIO()
    size = pixels.shape[1], pixels.shape[0]
    pillow_heif.from_bytes(mode=mode, size=size, data=pixels.tobytes()).save(
        stream, quality=100, chroma=444, **numbers
    )
    return stream.getvalue()


def _coded(picture: Decoded, format: str) -> bytes:
    return encode_bytes(picture, format=format, quality=95, strip_metadata=False)


@pytest.mark.parametrize(("mode", "channels"), [("RGB;16", 3), ("RGBA;16", 4), ("I;16", 1)])
def test_a_deep_heic_gets_sixteen_bits(mode: str, channels: int) -> None:
    rows = np.linspace(0, 65535, 96).astype(np.uint16)
    pixels = np.ascontiguousarray(np.broadcast_to(rows[None, :, None], (64, 96, channels)))
    data = _heic(pixels, mode)
    found, header = decoded(data), probe(data)
    assert found.pixels.shape == (64, 96, min(channels, 3))
    assert found.pixels.dtype == np.uint16
    assert int(found.pixels.max()) == 65535  # The whole range, not 1023 times 64.
    assert np.abs(found.pixels.astype(int) - pixels[..., :3]).mean() < 300
    assert (header.bits, header.channels) == (16, min(channels, 3))
    assert (found.alpha is not None) == (channels == 4)
    assert found.metadata.unread == ()


def test_what_a_heic_cannot_be_decoded_deeply_from_is_told() -> None:
    data = _heic(np.full((64, 96, 4), 40000, np.uint16), "RGBa;16")
    assert decoded(data).metadata.unread == ("its 10 bits were read as 8",)
    assert decoded(data).bits == probe(data).bits == 8


def test_colours_of_a_heic_are_kept_as_numbers() -> None:
    deep = np.full((64, 96, 3), 30000, np.uint16)
    numbers = {"color_primaries": 9, "transfer_characteristics": 16, "matrix_coefficients": 9}
    assert decoded(_heic(deep, "RGB;16", **numbers)).metadata.chunks == (_PQ,)
    assert decoded(_heic(deep, "RGB;16")).metadata.chunks == ()


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_an_avif_that_was_read_as_8_bits_tells_so(bits: int) -> None:
    found = decoded(_avif(bits))
    assert found.bits == 8
    assert found.metadata.unread == ((f"its {bits} bits were read as 8",) if bits > 8 else ())


@pytest.mark.parametrize("numbers", [(9, 16, 9), (9, 18, 9), (12, 13, 6), (1, 13, 6), (1, 1, 1)])
def test_colours_of_an_avif_are_kept_as_numbers(numbers: tuple[int, int, int]) -> None:
    found = decoded(_avif(10, *numbers))
    wanted = () if numbers[0] == 1 else (Chunk(b"cICP", bytes((*numbers[:2], 0, 1))),)
    assert found.metadata.chunks == wanted
    for format in ("png", "avif"):
        assert decoded(_coded(found, format)).metadata.chunks == wanted
        assert losses(found, ImageFormat(format), strip_metadata=False) == ()
    again = decoded(_coded(found, "avif"))
    assert np.abs(again.pixels.astype(int) - found.pixels).mean() < 3  # The matrix is still the right one.


def test_a_profile_counts_before_numbers() -> None:
    data = avif.with_colours(saved(Image.fromarray(smooth()), "AVIF", icc_profile=icc()), 9, 16)
    assert avif.told(io.BytesIO(data), Metadata()).chunks == (_PQ,)
    assert (decoded(data).metadata.icc, decoded(data).metadata.chunks) == (icc(), ())
    both = replace(decoded(data), metadata=Metadata(icc=icc(), chunks=(_PQ,)))
    assert losses(both, ImageFormat.JPEG, strip_metadata=False) == ()
    assert len(losses(both, ImageFormat.BMP, strip_metadata=False)) == 2


@pytest.mark.parametrize("format", ["jpeg", "webp", "tiff", "bmp"])
def test_colours_that_a_format_cannot_state_are_told(format: str) -> None:
    png = decoded(_coded(Decoded(smooth(), None, Metadata(chunks=(_PQ,))), "png"))
    (said,) = losses(png, ImageFormat(format), strip_metadata=True)
    assert "cICP 9/16" in said
    usual = Metadata(chunks=cicp.chunks(1, 13) or (Chunk(b"cICP", bytes((1, 13, 0, 1))),))
    assert losses(Decoded(smooth(), None, usual), ImageFormat(format), strip_metadata=False) == ()


def test_an_avif_has_no_narrow_range() -> None:
    narrow = Decoded(smooth(), None, Metadata(chunks=(Chunk(b"cICP", bytes((1, 13, 0, 0))),)))
    assert len(losses(narrow, ImageFormat.AVIF, strip_metadata=False)) == 1
    assert decoded(_coded(narrow, "avif")).metadata.chunks == ()
    assert losses(narrow, ImageFormat.PNG, strip_metadata=False) == ()


def test_a_spoilt_header_is_no_reason_to_fail(tmp_path: Path) -> None:
    data = _avif(10, 9, 16, 9)
    for at in range(len(data)):
        for spoilt in (data[:at], data[:at] + b"\xff" + data[at + 1 :], data[:at] + b"\0" + data[at + 1 :]):
            assert isinstance(avif.told(io.BytesIO(spoilt), Metadata()), Metadata)
