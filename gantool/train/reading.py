"""Pictures for training: always RGB, 8 bit, upright. Torch-free."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from gantool.errors import ImageError
from gantool.images import Header, decode, probe
from gantool.train.data.items import Member, PictureFile

MAX_PIXELS = 500_000_000
_HEAD = 1 << 16
"""Bytes of a shard's member that nearly always hold the header."""


def read_rgb(file: PictureFile) -> NDArray[np.uint8]:
    """Return (H, W, 3) uint8, upright; alpha is left out, 16 bits are rounded, grey is repeated.

    Raises:
        ImageError: the file cannot be decoded.
    """
    if isinstance(file, Member):
        with named(file):
            pixels = decode(file.read(), max_pixels=MAX_PIXELS).pixels
    else:
        pixels = decode(file, max_pixels=MAX_PIXELS).pixels
    if pixels.dtype == np.uint16:
        pixels = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels


def size_of(file: PictureFile) -> tuple[int, int]:
    """Return upright (width, height) from the header alone; ImageError where it cannot be read."""
    header = header_of(file)
    return header.width, header.height


def header_of(file: PictureFile) -> Header:
    """Return what the header alone says; ImageError where it cannot be read."""
    if not isinstance(file, Member):
        return probe(file)
    with named(file):
        try:
            return probe(file.read(_HEAD))
        except ImageError:
            return probe(file.read())


@contextmanager
def named(member: Member) -> Iterator[None]:
    """Put the member's name into errors about its bytes, which the decoders take for standard input."""
    try:
        yield
    except ImageError as failure:
        line = failure.message.replace("standard input", str(member), 1)
        raise ImageError(line, failure.remedy, failure.kind) from failure
