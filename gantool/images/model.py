"""What a picture is between `decode` and `encode`: pixels, alpha, and everything a file says about them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gantool.images.formats import ImageFormat

Pixels = NDArray[Any]
"""uint8 or uint16."""


@dataclass(frozen=True)
class Chunk:
    """A PNG chunk that has no place in other formats: a text, or how the colours are meant."""

    kind: bytes
    data: bytes

    @property
    def is_colour(self) -> bool:
        """Whether the colours would change without it (gAMA, cHRM, sRGB, cICP, ...)."""
        return self.kind in {b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI"}


@dataclass(frozen=True)
class Metadata:
    """What a file says about its pixels, each kind as the bytes its own standard defines.

    Attributes:
        exif: an EXIF block from its TIFF header on (`II*` or `MM`), without the `Exif` prefix.
        xmp: an XMP packet (RDF/XML).
        iptc: IPTC-IIM records (0x1C ...).
        photoshop: the other image resources (`8BIM` ...) kept beside IPTC: paths, captions, flags.
        icc: an ICC profile that fits the decoded pixels.
        dpi: pixels per inch, horizontal and vertical.
        comment: a JPEG or GIF comment.
        chunks: PNG chunks carried from PNG to PNG; of any format, a cICP chunk where its colours need one.
        unread: what of the file was left out when it was read, in words for a note.
    """

    exif: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    photoshop: bytes | None = None
    icc: bytes | None = None
    dpi: tuple[float, float] | None = None
    comment: bytes | None = None
    chunks: tuple[Chunk, ...] = ()
    unread: tuple[str, ...] = ()

    def colour_only(self) -> Metadata:
        """Return only what the colours need: the profile, and PNG's colour chunks."""
        return Metadata(icc=self.icc, chunks=tuple(chunk for chunk in self.chunks if chunk.is_colour))


@dataclass(frozen=True)
class Header:
    """A picture's facts, read without decoding it; width and height are those of the picture upright."""

    width: int
    height: int
    format: ImageFormat
    channels: int = 3
    bits: int = 8
    alpha: bool = False


@dataclass(frozen=True)
class Decoded:
    """A decoded picture, upright.

    Attributes:
        pixels: (H, W, C), uint8 or uint16 over their full range, C 1 (grey) or 3 (RGB), not premultiplied.
        alpha: (H, W) of the same type, 0 transparent, or None.
        metadata: as in the file, with the orientation already reset.
        format: what the file was.
        frames: how many pages or frames it has; this is the first.
        lossless: whether it came from a WebP that was coded without loss, as it is written then again.
    """

    pixels: Pixels
    alpha: Pixels | None = None
    metadata: Metadata = field(default_factory=Metadata)
    format: ImageFormat = ImageFormat.OTHER
    frames: int = 1
    lossless: bool = False

    def __post_init__(self) -> None:
        """Refuse arrays the encoders could only misread: this is a programming error, not a bad file."""
        shape, kind = self.pixels.shape, self.pixels.dtype
        if len(shape) != 3 or shape[2] not in (1, 3) or 0 in shape or kind not in (np.uint8, np.uint16):
            raise ValueError(f"pixels must be (H, W, 1|3) uint8|uint16, not {shape} {kind}")
        if self.alpha is not None and (self.alpha.shape != shape[:2] or self.alpha.dtype != kind):
            raise ValueError(f"alpha {self.alpha.shape} {self.alpha.dtype} does not fit {shape} {kind}")

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.pixels.shape[0])

    @property
    def bits(self) -> int:
        """Bits per sample, 8 or 16."""
        return int(self.pixels.dtype.itemsize) * 8


def with_pixels(picture: Decoded, pixels: Pixels, alpha: Pixels | None) -> Decoded:
    """Return `picture` with other pixels, of any size; `encode` mends what the metadata says of sizes."""
    return replace(picture, pixels=pixels, alpha=alpha)
