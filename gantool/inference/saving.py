"""Writing one job's result, in a thread of its own."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from gantool.atomic import make_folder
from gantool.errors import Code, ImageError, UsageError
from gantool.images import Decoded, ImageFormat, encode, encode_bytes
from gantool.images.writers import WRITERS
from gantool.inference.plan import Job
from gantool.inference.reducing import size_within

QUALITY = 92
"""Of JPEG, WebP and AVIF, where none is asked for."""


@dataclass(frozen=True)
class Saving:
    """How results are written: none with a side above `longest` pixels, where that is given.

    `lossy` is True where a quality was asked for. Else it is None, which leaves no trace in a manifest, and
    what came from a lossless WebP is written without loss.
    """

    quality: int
    strip_metadata: bool
    longest: int | None = None
    lossy: bool | None = None

    @classmethod
    def asked(cls, quality: int | None, strip_metadata: bool, longest: int | None) -> Saving:
        """Return how to write where a quality is asked for, or none."""
        usual = quality is None
        return cls(QUALITY if quality is None else quality, strip_metadata, longest, None if usual else True)

    def __post_init__(self) -> None:
        """Raise UsageError for a size that no result can have."""
        if self.longest is not None and self.longest < 1:
            raise UsageError(f"--longest {self.longest} is no size", "give a number of pixels")

    def save(self, job: Job, picture: Decoded) -> bytes | None:
        """Write the result atomically, its folders made first; return the bytes where they are piped.

        Raises:
            FileExistsError: A file has appeared in its place since it was planned.
            ImageError: It cannot be written; nothing half-written is left.
        """
        format = format_for(job, picture)
        if job.to_stdout:
            return encode_bytes(
                picture,
                format=format,
                quality=self.quality,
                strip_metadata=self.strip_metadata,
                lossy=bool(self.lossy),
            )
        make_folder(job.target.parent, error=ImageError)
        encode(
            picture,
            job.target,
            format=format,
            quality=self.quality,
            strip_metadata=self.strip_metadata,
            overwrite=job.overwrite,
            lossy=bool(self.lossy),
        )
        return None


def format_for(job: Job, picture: Decoded) -> ImageFormat:
    """Return the job's format, or for stdin the picture's own where it can be written, and PNG else."""
    if job.format is not None:
        return job.format
    return picture.format if picture.format.writable else ImageFormat.PNG


def check_fits(job: Job, picture: Decoded, scale: int, longest: int | None = None) -> None:
    """Raise ImageError, before the network's work, where the format cannot hold the result's size."""
    format = format_for(job, picture)
    size = size_within(picture.width * scale, picture.height * scale, longest)
    WRITERS[format].check_holds(str(job.target), format, size.width, size.height)


def check_memory(job: Job, picture: Decoded, scale: int) -> None:
    """Raise ImageError, before the network's work, where the result and writing it exceed the free memory."""
    alpha = 0 if picture.alpha is None else int(picture.alpha.nbytes)
    samples = (int(picture.pixels.nbytes) + alpha) * scale**2
    writer, pixels = WRITERS[format_for(job, picture)], picture.width * picture.height * scale**2
    needed = samples + writer.working_bytes(pixels, samples, alpha=alpha > 0)
    free = int(psutil.virtual_memory().available)
    if needed > free:
        raise ImageError(
            f"{job.target} would take {needed / 2**30:.1f} GiB of memory and {free / 2**30:.1f} are free",
            "close other programs, or cut the picture",
            Code.MEMORY,
        )
