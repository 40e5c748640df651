"""Which picture formats there are, told from a name or from a file's first bytes."""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePath


class ImageFormat(StrEnum):
    """A picture format. The first six can be written; `OTHER` is whatever else Pillow opens."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    TIFF = "tiff"
    AVIF = "avif"
    BMP = "bmp"
    GIF = "gif"
    HEIF = "heif"
    RAW = "raw"
    OTHER = "other"

    @property
    def writable(self) -> bool:
        """Whether `encode` writes this format."""
        return self in _SUFFIX

    @property
    def suffix(self) -> str:
        """The usual suffix of a writable format, with its dot (`.jpg`)."""
        return _SUFFIX[self]


WRITABLE = (
    ImageFormat.JPEG,
    ImageFormat.PNG,
    ImageFormat.WEBP,
    ImageFormat.TIFF,
    ImageFormat.AVIF,
    ImageFormat.BMP,
)

_SUFFIX = dict(zip(WRITABLE, (".jpg", ".png", ".webp", ".tif", ".avif", ".bmp"), strict=True))

RAW_SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "iiq", "kdc", "mef", "mos"),
        *("mrw", "nef", "nrw", "orf", "pef", "raf", "rw2", "rwl", "sr2", "srf", "srw", "x3f"),
    )
)

_SUFFIXES = {
    ImageFormat.JPEG: (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    ImageFormat.PNG: (".png", ".apng"),
    ImageFormat.WEBP: (".webp",),
    ImageFormat.TIFF: (".tif", ".tiff"),
    ImageFormat.AVIF: (".avif",),
    ImageFormat.BMP: (".bmp", ".dib"),
    ImageFormat.GIF: (".gif",),
    ImageFormat.HEIF: (".heic", ".heif", ".hif"),
    ImageFormat.RAW: tuple(sorted(RAW_SUFFIXES)),
    ImageFormat.OTHER: (".jp2", ".j2k", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".psd", ".qoi"),
}

PICTURE_SUFFIXES = frozenset(suffix for suffixes in _SUFFIXES.values() for suffix in suffixes)
"""What a folder is searched for; a file named outright is tried whatever its suffix."""


SEVERAL = frozenset((".mpo", ".apng"))
"""Suffixes that promise several pictures or frames: a result, which is one, is not named so."""


def usual_suffix(format: ImageFormat) -> str:
    """Return a suffix by which a folder's search finds pictures of a format, with its dot."""
    return _SUFFIXES[format][0]


_SIGNATURES = (
    (b"\xff\xd8\xff", ImageFormat.JPEG),
    (b"\x89PNG\r\n\x1a\n", ImageFormat.PNG),
    (b"GIF8", ImageFormat.GIF),
    (b"BM", ImageFormat.BMP),
    (b"FUJIFILMCCD-RAW", ImageFormat.RAW),
    (b"IIU\0", ImageFormat.RAW),
    (b"IIRO", ImageFormat.RAW),
    (b"IIRS", ImageFormat.RAW),
    (b"MMOR", ImageFormat.RAW),
    (b"FOVb", ImageFormat.RAW),
    (b"\0MRM", ImageFormat.RAW),
    (b"II*\0", ImageFormat.TIFF),
    (b"MM\0*", ImageFormat.TIFF),
    (b"II+\0", ImageFormat.TIFF),
    (b"MM\0+", ImageFormat.TIFF),
)

_HEIF_BRANDS = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"heif"))


def of_name(path: PurePath) -> ImageFormat | None:
    """Return the format a suffix stands for, or None for an unknown suffix."""
    wanted = path.suffix.lower()
    return next((format for format, suffixes in _SUFFIXES.items() if wanted in suffixes), None)


def of_head(head: bytes, suffix: str = "") -> ImageFormat:
    """Return the format of a file that starts with `head` (32 bytes or more).

    Many camera RAW files are TIFF files to their signature; only the suffix tells these apart here, and
    their directory in `sniffing.format_of`.
    """
    if head[4:8] == b"ftyp":
        return _of_brand(head)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ImageFormat.WEBP
    known = (format for signature, format in _SIGNATURES if head.startswith(signature))
    found = next(known, ImageFormat.OTHER)
    if found is ImageFormat.TIFF and (suffix.lower() in RAW_SUFFIXES or head[8:10] == b"CR"):
        return ImageFormat.RAW
    return found


def _of_brand(head: bytes) -> ImageFormat:
    """Tell AVIF, HEIF and Canon's CR3 apart by the brands of an ISO base media file."""
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, len(head) - 3, 4))}
    if brands & {b"avif", b"avis"}:
        return ImageFormat.AVIF
    if head[8:12] == b"crx ":
        return ImageFormat.RAW
    return ImageFormat.HEIF if brands & _HEIF_BRANDS else ImageFormat.OTHER
