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
_THUMBNAILS = re.compile(rb"\s*<xmp:Thumbnails\b.*?</xmp:Thumbnails\s*>", re.DOTALL)
_EXTENDED = re.compile(rb"\s*xmpNote:HasExtendedXMP\s*=\s*[\"'][0-9A-Fa-f]*[\"']")
_EXTENDED_ELEMENT = re.compile(rb"\s*<xmpNote:HasExtendedXMP\s*>[^<]*</xmpNote:HasExtendedXMP\s*>")
_BODY = re.compile(rb"<rdf:RDF\b[^>]*>(.*)</rdf:RDF\s*>", re.DOTALL)


def upright(packet: bytes | None) -> bytes | None:
    """Reset the orientation to 1."""
    return _replaced(packet, {0: 1})


def mended(packet: bytes | None, width: int, height: int) -> bytes | None:
    """Return the packet for a picture of another size: dimensions set, orientation 1, no thumbnails."""
    packet = _replaced(packet, {0: 1, 1: width, 2: height})
    return _THUMBNAILS.sub(b"", packet) if packet else None


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
    body = _BODY.search(extension)
    if not packet or not body:
        return packet
    alone = _EXTENDED_ELEMENT.sub(b"", _EXTENDED.sub(b"", packet))
    head, found, tail = alone.rpartition(b"</rdf:RDF")
    whole = head + body[1] + found + tail
    return whole if found and _well_formed(whole) else packet


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
