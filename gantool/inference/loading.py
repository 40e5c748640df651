"""Reading one job's pictures: the input and its extras, in a thread of their own."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from gantool.errors import ImageError
from gantool.images import Decoded, decode
from gantool.inference.extras import ExtraPixels
from gantool.inference.plan import Job
from gantool.inference.sources import STREAM


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


def load(job: Job, max_pixels: int) -> Loaded:
    """Decode a job's pictures.

    Raises:
        ImageError: One of them cannot be read, or is too large.
    """
    picture = decode(_read_stdin() if job.source == STREAM else job.source, max_pixels=max_pixels)
    extras = tuple(
        ExtraPixels(file.extra, decode(file.path, max_pixels=max_pixels).pixels, str(file.path), file.step)
        for file in job.extras
    )
    return Loaded(picture, extras)


def _read_stdin() -> bytes:
    if sys.stdin.isatty():
        raise ImageError("stdin is a terminal", "pipe a picture in: gantool ... - < photo.jpg")
    return sys.stdin.buffer.read()
