"""XMP packets: the values that turning or resizing a picture makes stale, and JPEG's split packets.

Packets are edited as text, since a parser and writer of XML would change everything else in them.
(XMP specification, ISO 16684-1, and part 3 for JPEG's extended packets.)
"""

from __future__ import annotations

import re
from xml.parsers import expat

_STALE = {
    b"tiff:Orientation": 0,
    b"tiff:ImageWidth": 1,
    b"tiff:ImageLength": 2,
    b"exif:PixelXDimension": 1,
    b"exif:PixelYDimension": 2,
}
_VALUE = re.compile(rb"(<?)\b(" + b"|".join(_STALE) + rb")(\s*=\s*[\"']|\s*>)(\s*\d+\s*)(?=[\"'<])")
# No pattern begins with a repeat or spans an element: on hostile packets, or on a long padding of spaces,
# such a search starts anew at every byte, and takes minutes for what is read in milliseconds.
_CUT = (
    (re.compile(rb"<xmp:Thumbnails\b"), re.compile(rb"</xmp:Thumbnails\s*>")),
    (re.compile(rb"<Container:Directory\b"), re.compile(rb"</Container:Directory\s*>")),
)
"""Thumbnails, and the list of what a camera appended to the picture: a video (motion photo), a gain map."""
_NAMES = rb"(?:GCamera:(?:MotionPhoto|MicroVideo)|hdrgm:)\w*"
_APPENDED = re.compile(rb"\b" + _NAMES + rb"\s*=\s*(?:\"[^\"<]*\"|'[^'<]*')")
_APPENDED_ELEMENT = re.compile(rb"<(" + _NAMES + rb")\s*>[^<]*</\1\s*>")
_TOLD = (
    ("HDR gain map", re.compile(rb"\bhdrgm:Version\b|\bItem:Semantic\s*=\s*[\"']GainMap[\"']")),
    ("video", re.compile(rb"\bGCamera:(?:MotionPhoto|MicroVideo)(?:\s*=\s*[\"']|\s*>)\s*1\s*[\"'<]")),
)
"""By what a packet says that something follows the picture."""
_EXTENDED = re.compile(rb"xmpNote:HasExtendedXMP\s*=\s*[\"'][0-9A-Fa-f]*[\"']")
_EXTENDED_ELEMENT = re.compile(rb"<xmpNote:HasExtendedXMP\s*>[^<]*</xmpNote:HasExtendedXMP\s*>")


def upright(packet: bytes | None) -> bytes | None:
    """Reset the orientation to 1."""
    return _replaced(packet, {0: 1})


def mended(packet: bytes | None, width: int, height: int) -> bytes | None:
    """Return the packet for a picture of another size: dimensions set, orientation 1, no thumbnails.

    Nor does it say any more that a video or a gain map follows the picture: neither is written.
    """
    packet = _replaced(packet, {0: 1, 1: width, 2: height})
    if not packet:
        return None
    for opening, closing in _CUT:
        packet = _without(packet, opening, closing)
    return _APPENDED.sub(b"", _APPENDED_ELEMENT.sub(b"", packet))


def appended(packet: bytes | None) -> tuple[str, ...]:
    """Return what the packet says that a camera appended to the picture (Ultra HDR, motion photos)."""
    return tuple(name for name, pattern in _TOLD if packet and pattern.search(packet))


def _without(packet: bytes, opening: re.Pattern[bytes], closing: re.Pattern[bytes]) -> bytes:
    """Cut an element out wherever it stands, and the white space before it."""
    parts, at = [], 0
    while (begin := opening.search(packet, at)) and (end := closing.search(packet, begin.end())):
        parts.append(packet[at : begin.start()].rstrip())
        at = end.end()
    return b"".join((*parts, packet[at:]))


def _replaced(packet: bytes | None, wanted: dict[int, int]) -> bytes | None:
    """Write numbers over the stale ones, whether they stand in attributes or in elements."""
    if not packet:
        return None

    def number(match: re.Match[bytes]) -> bytes:
        value = wanted.get(_STALE[match[2]])
        return match[0] if value is None else match[1] + match[2] + match[3] + b"%d" % value

    return _VALUE.sub(number, packet)


def joined(packet: bytes | None, extension: bytes) -> bytes | None:
    """Return a JPEG's packet with the body of its extension inside.

    Where the two do not make well-formed XML together, the packet alone is returned.
    """
    body = _body(extension)
    if not packet or body is None:
        return packet
    alone = _EXTENDED_ELEMENT.sub(b"", _EXTENDED.sub(b"", packet))
    head, found, tail = alone.rpartition(b"</rdf:RDF")
    whole = head + body + found + tail
    return whole if found and _well_formed(whole) else packet


def _body(extension: bytes) -> bytes | None:
    """Return what stands inside the packet's `rdf:RDF`."""
    begin = extension.find(b">", max(extension.find(b"<rdf:RDF"), 0)) + 1
    end = extension.rfind(b"</rdf:RDF")
    return extension[begin:end] if b"<rdf:RDF" in extension[:begin] and begin <= end else None


def _well_formed(packet: bytes) -> bool:
    """Whether the packet parses, every namespace prefix in it being declared."""
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        parser.Parse(packet.strip(b"\0"), True)
    except expat.ExpatError:
        return False
    return True


def stub(guid: bytes) -> bytes:
    """Return the small packet that stands in a JPEG for one too long, naming its extension."""
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/" '
        b'xmpNote:HasExtendedXMP="' + guid + b'"/></rdf:RDF></x:xmpmeta>'
    )
