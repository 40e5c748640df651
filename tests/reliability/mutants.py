"""Mutants: pictures that were damaged, or made to do damage. The same seed gives the same files."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.reliability.seeds import block_of, exif, noise, profile, saved, seeds

_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


@dataclass(frozen=True)
class Mutant:
    """A file: `number` and the run's seed bring it back, `how` says what was done to it."""

    number: int
    name: str
    content: bytes
    how: str


def mutants(seed: int, numbers: Sequence[int]) -> Iterator[Mutant]:
    """Yield the mutants of these numbers; each depends on the seed and its own number alone."""
    for number in numbers:
        yield mutant(seed, number)


def mutant(seed: int, number: int) -> Mutant:
    """Return one mutant."""
    rng = random.Random(seed * 1_000_003 + number)
    name = rng.choice(sorted(seeds()))
    change = rng.choice(_CHANGES)
    content = change(rng, seeds()[name])
    if rng.random() < 0.2:
        content = rng.choice(_CHANGES)(rng, content)
    return Mutant(number, f"{number:05d}-{name}", content, change.__name__.strip("_"))


def _truncated(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _flipped(rng: random.Random, data: bytes) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8, 64)) if out else 0):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def _wrong_header(rng: random.Random, data: bytes) -> bytes:
    """Put an extreme number over a field near the beginning."""
    out, form = bytearray(data), rng.choice(("<H", ">H", "<I", ">I"))
    size = struct.calcsize(form)
    at = rng.randrange(max(1, min(len(out), 256)))
    out[at : at + size] = struct.pack(form, rng.choice(_EXTREMES) & ((1 << 8 * size) - 1))
    return bytes(out)


def _extreme_field(rng: random.Random, data: bytes) -> bytes:
    """The same anywhere."""
    out, form = bytearray(data), rng.choice(("<H", ">H", "<I", ">I"))
    size = struct.calcsize(form)
    at = rng.randrange(max(1, len(out)))
    out[at : at + size] = struct.pack(form, rng.choice(_EXTREMES) & ((1 << 8 * size) - 1))
    return bytes(out)


def _overwritten(rng: random.Random, data: bytes) -> bytes:
    at, length = rng.randrange(len(data) + 1), rng.choice((4, 16, 100, 1000))
    fill = rng.choice((bytes(length), b"\xff" * length, rng.randbytes(length)))
    return data[:at] + fill + data[at + length :]


def _shuffled(rng: random.Random, data: bytes) -> bytes:
    """Repeat, drop or move a part."""
    first, second, third = sorted(rng.randrange(len(data) + 1) for _ in range(3))
    a, b, c, d = data[:first], data[first:second], data[second:third], data[third:]
    return rng.choice((a + b + b + c + d, a + c + d, a + c + b + d))


def _spliced(rng: random.Random, data: bytes) -> bytes:
    """Begin as one file and go on as another, perhaps of another format."""
    other = seeds()[rng.choice(sorted(seeds()))]
    return data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other)) :]


def _huge(rng: random.Random, data: bytes) -> bytes:
    """State sides that no memory holds, where the format's header has them."""
    side = rng.choice((20_000, 40_000, 65_500, 1 << 20, (1 << 31) - 1))
    if data.startswith(b"\x89PNG"):
        return data[:16] + struct.pack(">II", side, side) + data[24:]
    if data.startswith(b"BM"):
        return data[:18] + struct.pack("<II", side, side) + data[26:]
    if data.startswith(b"GIF"):
        return data[:6] + struct.pack("<HH", side & 0xFFFF, side & 0xFFFF) + data[10:]
    at = data.find(b"\xff\xc0")
    if data.startswith(b"\xff\xd8") and at > 0:
        return data[: at + 5] + struct.pack(">HH", side & 0xFFFF, side & 0xFFFF) + data[at + 9 :]
    return _wrong_header(rng, data)


def _absurd_exif(rng: random.Random, data: bytes) -> bytes:
    """Put a directory of nonsense into a JPEG or WebP."""
    tags = (0x8769, 0xA005, 0x8825, 0x0112, 0x0201, 0x0202, 0x011A, 0x927C, rng.randrange(65536))
    entries = [
        (
            rng.choice(tags),
            rng.randrange(20),
            rng.choice((0, 1, 1, 1, 2, 0xFFFFFFFF)),
            rng.choice((8, 0, 1 << 30)),
        )
        for _ in range(rng.choice((1, 10, 500, 4000)))
    ]
    block = b"Exif\0\0" + block_of(entries, rng.choice("<>"))
    return saved(noise(24, 24), rng.choice(("JPEG", "WEBP")), exif=block)


def _broken_icc(rng: random.Random, data: bytes) -> bytes:
    """Give a picture a profile that is damaged, or of another colour space."""
    icc = _flipped(rng, profile()) if rng.random() < 0.5 else _truncated(rng, profile())
    icc = icc[:16] + rng.choice((b"CMYK", b"GRAY", b"Lab ", b"RGB ")) + icc[20:]
    mode, format = rng.choice(
        (("RGB", "JPEG"), ("CMYK", "JPEG"), ("L", "PNG"), ("RGBA", "PNG"), ("CMYK", "TIFF"))
    )
    return saved(noise(24, 24, mode), format, icc_profile=icc)


def _damaged_exif(rng: random.Random, data: bytes) -> bytes:
    block = exif()[:6] + _flipped(rng, _wrong_header(rng, exif()[6:]))
    return saved(noise(24, 24), rng.choice(("JPEG", "WEBP")), exif=block)


def _renamed(rng: random.Random, data: bytes) -> bytes:
    """Keep the name and be something else."""
    return rng.choice((b"", b"\0" * 4096, b"not a picture\n" * 20, seeds()[rng.choice(sorted(seeds()))]))


_CHANGES: Sequence[Callable[[random.Random, bytes], bytes]] = (
    _truncated,
    _truncated,
    _flipped,
    _flipped,
    _wrong_header,
    _wrong_header,
    _extreme_field,
    _overwritten,
    _shuffled,
    _spliced,
    _huge,
    _absurd_exif,
    _broken_icc,
    _damaged_exif,
    _renamed,
)
