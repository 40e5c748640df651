"""Reading one job's pictures: the input and its extras, in a thread of their own."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gantool.errors import ImageError
from gantool.images import Decoded, decode
from gantool.inference.extras import ExtraFile, ExtraPixels, as_declared
from gantool.inference.plan import Job
from gantool.inference.sources import STREAM

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Loaded:
    """A job's pictures."""

    picture: Decoded
    extras: tuple[ExtraPixels, ...]

    @property
    def bytes(self) -> int:
        """What the input takes in memory; a picture's extras are at most of its kind."""
        alpha = self.picture.alpha
        return int(self.picture.pixels.nbytes) + (0 if alpha is None else int(alpha.nbytes))


class Loader:
    """Reads the pictures of one run's jobs, in any thread; stdin once, however many results it has."""

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._stdin: bytes | None = None
        self._lock = threading.Lock()

    def load(self, job: Job) -> Loaded:
        """Decode a job's pictures.

        Raises:
            ImageError: One of them cannot be read, or is too large.
        """
        picture = self._decoded(self._piped() if job.source == STREAM else job.source)
        extras = tuple(
            ExtraPixels(file.extra, self._extra(file), str(file.path), file.step) for file in job.extras
        )
        return Loaded(picture, extras)

    def _extra(self, file: ExtraFile) -> NDArray[Any]:
        decoded = self._decoded(file.path)
        return as_declared(file.extra, decoded.pixels, decoded.alpha)

    def _decoded(self, source: Path | bytes) -> Decoded:
        return decode(source, max_pixels=self._max_pixels)

    def _piped(self) -> bytes:
        with self._lock:
            if self._stdin is None:
                self._stdin = _read_stdin()
            return self._stdin


def _read_stdin() -> bytes:
    if sys.stdin.isatty():
        raise ImageError("stdin is a terminal", "pipe a picture in: gantool ... - < photo.jpg")
    return sys.stdin.buffer.read()
