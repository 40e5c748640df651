"""Pictures and metadata the tests of this folder share."""

from __future__ import annotations

import functools
import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from gantool.images import Decoded, decode

LIMIT = 10_000_000
XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" tiff:Orientation="6" tiff:ImageWidth="24">'
    b"<exif:PixelXDimension>24</exif:PixelXDimension><exif:PixelYDimension>16</exif:PixelYDimension>"
    b"<dc:source>the shore</dc:source></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
)
IPTC = b"\x1c\x02\x78\x00\x05hello\x1c\x02\x19\x00\x03sea"
MAKER_NOTE = b"Maker\0\0\1" + bytes(range(120))


def colour(height: int = 16, width: int = 24, kind: Any = np.uint8, channels: int = 3) -> NDArray[Any]:
    """Return random samples over the type's full range."""
    shape = (height, width, channels)
    return np.random.default_rng(7).integers(0, np.iinfo(kind).max, shape, dtype=kind, endpoint=True)


def smooth(height: int = 16, width: int = 24) -> NDArray[Any]:
    """Return 8-bit RGB that lossy formats keep nearly as it is, and that tells every orientation apart."""
    down, across = np.mgrid[0 : 1 : 1j * height, 0 : 1 : 1j * width]
    return np.rint(np.stack((down, across, (down + across) / 2), axis=2) * 200 + 20).astype(np.uint8)


def exif_block(orientation: int = 1, thumbnail: bool = False) -> bytes:
    """Return an EXIF block with dimensions, GPS, a maker note, and perhaps a thumbnail."""
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    exif[0x0112] = orientation
    inner = exif.get_ifd(0x8769)
    inner[0x927C] = MAKER_NOTE
    inner[0xA002], inner[0xA003] = 24, 16
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 30.0)
    block: bytes = exif.tobytes()[6:]
    return with_thumbnail(block) if thumbnail else block


def with_thumbnail(block: bytes) -> bytes:
    """Append a second directory with a JPEG thumbnail to a big-endian or little-endian block."""
    order: Any = "little" if block[:2] == b"II" else "big"
    first = int.from_bytes(block[4:8], order)
    link = first + 2 + 12 * int.from_bytes(block[first : first + 2], order)
    small = saved(Image.new("RGB", (8, 8), "red"), "JPEG")
    second = len(block)
    entries = ((0x0201, second + 2 + 24 + 4), (0x0202, len(small)))
    table = (2).to_bytes(2, order)
    for tag, value in entries:
        table += tag.to_bytes(2, order) + (4).to_bytes(2, order) + (1).to_bytes(4, order)
        table += value.to_bytes(4, order)
    return block[:link] + second.to_bytes(4, order) + block[link + 4 :] + table + bytes(4) + small


@functools.cache  # It holds the time of its making.
def icc() -> bytes:
    """Return an RGB profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def saved(picture: Image.Image, format: str, **options: Any) -> bytes:
    """Return what Pillow writes."""
    stream = io.BytesIO()
    picture.save(stream, format, **options)
    return stream.getvalue()


def opened(data: bytes) -> Image.Image:
    """Return what Pillow reads, whole."""
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def decoded(data: bytes) -> Decoded:
    """Decode with a limit no fixture reaches."""
    return decode(data, max_pixels=LIMIT)
