"""PNG's chunks, in which a PNG keeps its metadata (PNG, third edition, W3C 2025)."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from gantool.images import exif, gamma, photoshop
from gantool.images.model import Chunk, Metadata

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP = b"XML:com.adobe.xmp"
_RAW_PROFILE = b"Raw profile type "
_GREY = (b"\0", b"\4")
"""The types of colour that are grey, without and with alpha."""
_PROFILES = ("exif", "xmp", "iptc", "icc")
_TEXTS = (b"tEXt", b"zTXt", b"iTXt")
_KEPT = (*_TEXTS, b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"cLLI")
_MOST_BYTES = 1 << 26
"""No profile or text is unpacked to more than this: a few packed bytes can mean gigabytes."""


def header(stream: BinaryIO) -> tuple[int, int, int, int]:
    """Return width, height, bits per sample and colour type."""
    stream.seek(8)
    data = next(_chunks(stream, (b"IHDR",)), (b"", b""))[1]
    width, height, bits, colour = struct.unpack_from(">IIBB", data)
    return width, height, bits, colour


def has_transparency(stream: BinaryIO) -> bool:
    """Whether a chunk names a transparent colour, or the palette's alpha."""
    stream.seek(8)
    return any(True for _ in _chunks(stream, (b"tRNS",)))


def frames(stream: BinaryIO) -> int:
    """Return how many frames an animation (APNG) has; 1 for a picture."""
    stream.seek(8)
    data = next(_chunks(stream, (b"acTL",)), (b"", b""))[1]
    return int(struct.unpack_from(">I", data)[0]) if data else 1


def read(stream: BinaryIO) -> Metadata:
    """Read what stands before and after the picture; it is stepped over, not read."""
    found: dict[str, bytes] = {}
    kept: list[Chunk] = []
    dpi, grey = None, False
    stream.seek(8)
    for kind, data in _chunks(stream, (*_KEPT, b"IHDR", b"eXIf", b"iCCP", b"pHYs")):
        if kind == b"IHDR":
            grey = data[9:10] in _GREY
        elif kind == b"pHYs":
            dpi = _density(data)
        elif kind == b"eXIf":
            found["exif"] = data
        elif kind == b"iCCP":
            if "icc" not in found:  # Each may unpack to the most there is, and takes a while.
                found["icc"] = _unpacked(data.partition(b"\0")[2][1:])
        elif not (kind in _TEXTS and _take_text(found, kind, data)):
            kept.append(Chunk(kind, data))
    block = exif.bare(found.get("exif"))
    iptc, rest = photoshop.split(found.get("iptc", b""))
    return Metadata(
        exif=block,
        xmp=found.get("xmp") or None,
        iptc=iptc,
        photoshop=rest,
        icc=found.get("icc") or gamma.profile({one.kind: one.data for one in kept}, grey=grey),
        dpi=dpi or exif.resolution(block),
        chunks=tuple(kept),
    )


def _chunks(stream: BinaryIO, wanted: tuple[bytes, ...]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the wanted chunks, seeking over the others; stop where the file does."""
    while len(head := stream.read(8)) == 8:
        size, kind = struct.unpack(">I4s", head)
        if kind not in wanted:
            stream.seek(size + 4, 1)
            continue
        data = stream.read(min(size, _MOST_BYTES))
        if len(data) < size or len(stream.read(4)) < 4:
            return
        yield kind, data


def _unpacked(data: bytes) -> bytes:
    """Inflate, to a bounded size; empty where it is broken."""
    unpacker = zlib.decompressobj()
    try:
        out = unpacker.decompress(data, _MOST_BYTES)
    except zlib.error:
        return b""
    return out if unpacker.eof else b""


def _density(data: bytes) -> tuple[float, float] | None:
    """Return pixels per inch from pixels per metre; unit 0 is a mere aspect ratio."""
    across, down, unit = struct.unpack(">IIB", data) if len(data) == 9 else (0, 0, 0)
    return (across * 0.0254, down * 0.0254) if unit == 1 and across and down else None


def _take_text(found: dict[str, bytes], kind: bytes, data: bytes) -> bool:
    """Take a text that is metadata in disguise; False for one that is a text."""
    keyword, _, rest = data.partition(b"\0")
    if keyword == _XMP and kind == b"iTXt":
        packed, text = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
        if "xmp" not in found:
            found["xmp"] = _unpacked(text) if packed else text
        return True
    if not keyword.startswith(_RAW_PROFILE) or kind == b"iTXt":
        return False
    name = keyword[len(_RAW_PROFILE) :].decode("latin-1").lower()
    name = {"8bim": "iptc", "icm": "icc"}.get(name, name)
    if (
        name in found
        or name not in ("app1", *_PROFILES)
        or (name == "app1" and {"exif", "xmp"} <= set(found))
    ):
        return name in (*_PROFILES, "app1")
    profile = _raw_profile(_unpacked(rest[1:]) if kind == b"zTXt" else rest)
    if name == "app1":
        name = "exif" if profile.startswith(b"Exif\0\0") else "xmp"
        profile = profile.removeprefix(b"http://ns.adobe.com/xap/1.0/\0")
    if name == "iptc" and profile[:1] == b"\x1c":
        profile = photoshop.join(profile, None) or b""
    found.setdefault(name, profile)  # An empty one, too: no further one of its kind is unpacked.
    return bool(profile)


def _raw_profile(text: bytes) -> bytes:
    """Decode ImageMagick's convention: a name, a length, and the bytes in hexadecimal, by lines."""
    match = re.match(rb"\s*\S+\s+(\d+)\s+([0-9A-Fa-f\s]*)", text)
    if not match:
        return b""
    try:
        return bytes.fromhex(match[2].decode("ascii"))[: int(match[1])]
    except ValueError:
        return b""


def chunks(metadata: Metadata) -> bytes:
    """Return the chunks to write after the header chunk."""
    parts = []
    if metadata.icc:
        parts.append(chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc)))
    if metadata.dpi:
        across, down = (round(side / 0.0254) for side in metadata.dpi)
        parts.append(chunk(b"pHYs", struct.pack(">IIB", across, down, 1)))
    if metadata.exif:
        parts.append(chunk(b"eXIf", metadata.exif))
    if metadata.xmp:
        parts.append(chunk(b"iTXt", _XMP + b"\0\0\0\0\0" + metadata.xmp))
    if block := photoshop.join(metadata.iptc, metadata.photoshop):
        parts.append(_raw_profile_chunk("iptc", block))
    parts += [chunk(kept.kind, kept.data) for kept in metadata.chunks]
    return b"".join(parts)


def _raw_profile_chunk(name: str, block: bytes) -> bytes:
    lines = [block[at : at + 36].hex() for at in range(0, len(block), 36)]
    text = f"\n{name}\n{len(block):8d}\n" + "\n".join(lines) + "\n"
    return chunk(b"zTXt", _RAW_PROFILE + name.encode() + b"\0\0" + zlib.compress(text.encode()))


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk with its length and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
