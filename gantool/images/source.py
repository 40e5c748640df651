"""Where a picture's bytes come from, and the one-line errors of reading them."""

from __future__ import annotations

import io
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import ImageCms

from gantool.errors import Code, ImageError

HEAD = 64
"""Bytes that tell every format."""

DAMAGE = (
    OSError,
    ValueError,
    TypeError,
    SyntaxError,
    ArithmeticError,
    LookupError,
    AttributeError,
    EOFError,
    RuntimeError,
    AssertionError,
    struct.error,
    zlib.error,
    ImageCms.PyCMSError,
)
"""What the decoders raise at damaged files (each kind was met by flipping bytes): they are not tidy about
it. It is caught around decoding alone, and the cause is kept."""


@dataclass(frozen=True)
class Source:
    """A file, or bytes that came through a pipe."""

    path: Path | None
    data: bytes
    name: str

    @classmethod
    def of(cls, source: Path | bytes) -> Source:
        """Name a path by itself and bytes by where they come from."""
        if isinstance(source, bytes):
            return cls(None, source, "standard input")
        return cls(Path(source), b"", str(source))

    @property
    def suffix(self) -> str:
        """The file's suffix, in lower case; empty for bytes."""
        return self.path.suffix.lower() if self.path else ""

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Open for reading; a missing, unreadable or empty file is an ImageError."""
        with self._stream() as stream:
            if not stream.read(1):
                raise ImageError(f"{self.name} is empty", "give a picture file", Code.IMAGE_MISSING)
            stream.seek(0)
            yield stream

    def _stream(self) -> BinaryIO:
        if self.path is None:
            return io.BytesIO(self.data)
        try:
            kind = self.path.stat().st_mode
            if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):  # A named pipe would keep its reader waiting.
                raise ImageError(f"{self.name} is no regular file", "pipe it in: gantool ... - < FILE")
            return self.path.open("rb")
        except FileNotFoundError:
            raise ImageError(f"{self.name} does not exist", kind=Code.IMAGE_MISSING) from None
        except IsADirectoryError:
            raise ImageError(f"{self.name} is a folder", "give a picture file") from None
        except OSError as error:
            raise ImageError(
                f"{self.name} is not readable ({error.strerror})", kind=Code.IMAGE_MISSING
            ) from None

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn what a decoder raises at a damaged file into one line."""
        try:
            yield
        except ImageError:
            raise
        except MemoryError:
            raise ImageError(f"{self.name} does not fit into memory", kind=Code.MEMORY) from None
        except DAMAGE as error:
            raise self.damaged(str(error)) from error

    def damaged(self, reason: str) -> ImageError:
        """Return the error for a file that starts as a picture and does not go on as one."""
        return ImageError(
            f"{self.name} is damaged or cut short ({reason or 'no picture data'})",
            "copy or download it again, or repair it in an image editor",
            Code.IMAGE_DAMAGED,
        )


def check_size(name: str, width: int, height: int, max_pixels: int) -> None:
    """Refuse a picture by what its header says, before memory is taken for it.

    Raises:
        ImageError: when it has no pixels, or more than `max_pixels`.
    """
    if width < 1 or height < 1:
        raise ImageError(f"{name} has no pixels ({width} x {height})", "give a picture file")
    if width * height > max_pixels:
        raise ImageError(
            f"{name} has {width} x {height} pixels, above the limit of {max_pixels:,}",
            f"reduce it, or if you trust the file, give `enhance` --max-pixels {width * height}",
            Code.IMAGE_TOO_LARGE,
        )
