from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from picture_fixtures import MAKER_NOTE, XMP, exif_block

from gantool.images import exif, xmp


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_read_and_reset(orientation: int) -> None:
    block = exif_block(orientation)
    assert exif.orientation(block) == orientation
    assert exif.orientation(exif.upright(block)) == 1


def test_only_what_is_stale_changes() -> None:
    block = exif_block(6, thumbnail=True)
    mended = exif.mended(block, 4000, 70000)
    assert mended is not None
    assert mended.index(MAKER_NOTE) == block.index(MAKER_NOTE)
    assert b"\xff\xd8\xff" not in mended
    assert len(mended) < len(block)
    differing = sum(old != new for old, new in zip(block, mended, strict=False))
    assert differing < 20


def test_mending_twice_is_mending_once() -> None:
    once = exif.mended(exif_block(3, thumbnail=True), 100, 200)
    assert exif.mended(once, 100, 200) == once


@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 255))
def test_broken_blocks_break_nothing(noise: bytes, at: int, value: int) -> None:
    block = bytearray(exif_block(6, thumbnail=True))
    block[at % len(block)] = value
    for broken in (noise, b"II*\0\x08\0\0\0" + noise, bytes(block), bytes(block[: at % len(block)])):
        mended = exif.mended(broken, 10, 10)
        assert mended is None or len(mended) <= len(broken)
        assert exif.orientation(mended) in range(1, 9)
        exif.resolution(broken)


def test_xmp_thumbnails_go() -> None:
    thumbnails = b"<xmp:Thumbnails><rdf:Alt>...</rdf:Alt></xmp:Thumbnails>"
    packet = XMP.replace(b"</rdf:Description>", thumbnails + b"</rdf:Description>")
    assert b"Thumbnails" not in (xmp.mended(packet, 24, 16) or b"")


def test_a_split_packet_is_joined_if_that_is_well_formed() -> None:
    stub = xmp.stub(b"0" * 32)
    joined = xmp.joined(stub, XMP)
    assert joined is not None
    assert b"the shore" in joined
    assert b"HasExtendedXMP" not in joined
    undeclared = XMP.replace(b"xmlns:dc=", b"xmlns:other=")
    assert xmp.joined(stub, undeclared) == stub
