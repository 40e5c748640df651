"""Tar shards in webdataset's format, indexed once by their headers so that any picture can be read.

webdataset itself reads shards as streams that are shuffled through a buffer. What a step sees would then
depend on all that was read before it, and a resumed run would have to read all of it again. Here the library
says which members make up a sample; where these lie comes from the tar headers, and pixels are read
from there. So step k depends on (seed, k) alone, as with folders.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gantool.errors import TrainError, UsageError
from gantool.images.formats import PICTURE_SUFFIXES
from gantool.train.data.items import Member

SHARD_SUFFIX = ".tar"
INPUT, TARGET = "input", "target"
"""`KEY.input.png` beside `KEY.target.png` are the two sides of a pair."""


@dataclass(frozen=True)
class Sample:
    """The pictures of one sample: `input` is there in pairs alone, and either side may be missing there."""

    name: str
    picture: Member | None
    input: Member | None = None


def index_shard(shard: Path) -> tuple[Sample, ...]:
    """Return the samples with pictures in them, in the order of the shard. Reads headers only.

    Raises:
        UsageError: webdataset is not installed.
        TrainError: the file is no tar archive, is cut short, names a member twice, or has a sample with
            several pictures that could be meant.
    """
    grouped = _grouping()
    fields = ({"fname": m.name, "data": m, "__url__": str(shard)} for m in _members(shard))
    try:
        samples = [_sample(shard, fields) for fields in grouped(fields)]
    except ValueError as problem:  # what webdataset raises, with the stream's name after the message
        raise TrainError(f"{shard}: {problem.args[0]}", "pack the shard again") from None
    return tuple(sample for sample in samples if sample.picture or sample.input)


def _grouping() -> Callable[[Iterable[Mapping[str, Any]]], Iterator[dict[str, Any]]]:
    try:
        from webdataset.tariterators import group_by_keys
    except ImportError:
        raise no_library() from None
    found: Callable[[Iterable[Mapping[str, Any]]], Iterator[dict[str, Any]]] = group_by_keys
    return found


def no_library() -> UsageError:
    """Return the line for those who have not installed webdataset."""
    return UsageError("tar shards need webdataset", 'pip install "gantool[shards]"')


def _members(shard: Path) -> Iterator[Member]:
    try:
        with shard.open("rb") as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
            while (entry := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # else each header would be kept
                if entry.isreg() and not entry.issparse():
                    yield Member(shard, entry.name, entry.offset_data, entry.size)
            stream.seek(archive.offset)
            # Python takes damage in a later header for the end; a true end is a block of zeros.
            if stream.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
                raise TrainError(f"{shard} is cut short or damaged", "copy or download it again")
    except tarfile.ReadError as problem:
        raise TrainError(
            f"{shard} is no whole tar archive ({problem})", "copy it again; unpack a compressed one first"
        ) from None
    except OSError as problem:
        raise TrainError(f"cannot read {shard} ({problem.strerror})", "check the file") from None


def _sample(shard: Path, fields: Mapping[str, Any]) -> Sample:
    """Pick a sample's pictures by their extensions: its only plain one, or both sides of a pair."""
    pictures = {
        kind: member
        for kind, member in fields.items()
        if isinstance(member, Member) and f".{kind.rpartition('.')[2]}" in PICTURE_SUFFIXES
    }
    name = f"{shard}:{fields['__key__']}"

    def one(side: str) -> Member | None:
        found = [member for kind, member in pictures.items() if kind.rpartition(".")[0] == side]
        if len(found) > 1:
            raise TrainError(
                f"{name} has several pictures: {', '.join(member.name for member in found)}",
                "take all but one out, or give the others an extension of their own, such as .mask.png",
            )
        return found[0] if found else None

    if one(INPUT) or one(TARGET):
        return Sample(name, one(TARGET), one(INPUT))
    # A dot in a file's name makes a longer extension; beside a plain one it is a mask or the like.
    return Sample(name, one("") or (next(iter(pictures.values())) if len(pictures) == 1 else None))
