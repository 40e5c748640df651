"""What a training picture is: a file of its own, or a member of a tar shard."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gantool.errors import ImageError


@dataclass(frozen=True)
class Member:
    """A picture in a tar shard: `size` bytes from `offset` on, which can be read without the rest."""

    shard: Path
    name: str
    offset: int
    size: int

    def __str__(self) -> str:
        """Return the shard and the member's name in it."""
        return f"{self.shard}:{self.name}"

    def read(self, most: int | None = None) -> bytes:
        """Return the member's bytes, or the first `most` of them.

        Raises:
            ImageError: the shard is gone, unreadable or cut short.
        """
        wanted = self.size if most is None else min(most, self.size)
        try:
            with self.shard.open("rb") as stream:
                stream.seek(self.offset)
                data = stream.read(wanted)
        except OSError as problem:
            raise ImageError(f"{self} cannot be read ({problem.strerror})", "check the shard") from None
        if len(data) < wanted:
            raise ImageError(f"{self} is cut short", "copy or download the shard again")
        return data


PictureFile = Path | Member
"""A training picture. Both kinds have a `name`, and a `str` that tells it from all others."""


def byte_count(file: PictureFile) -> int:
    """Return how many bytes the stored picture has."""
    return file.size if isinstance(file, Member) else file.stat().st_size
