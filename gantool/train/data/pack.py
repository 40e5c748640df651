"""Writing tar shards in webdataset's format, by its library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from gantool.atomic import make_folder, replacing
from gantool.errors import ImageError, TrainError
from gantool.images.formats import PICTURE_SUFFIXES, usual_suffix
from gantool.paths import is_folder
from gantool.train.data.items import Member, PictureFile, byte_count
from gantool.train.data.listing import Listing
from gantool.train.data.shards import INPUT, TARGET, no_library
from gantool.train.reading import header_of


@dataclass(frozen=True)
class _Packed:
    """What one sample is written from: extensions in webdataset's sense, and the files behind them."""

    key: str
    files: tuple[tuple[str, PictureFile], ...]

    @property
    def size(self) -> int:
        return sum(byte_count(file) for _, file in self.files)

    def fields(self) -> dict[str, Any]:
        return {"__key__": self.key, **{kind: _bytes(file) for kind, file in self.files}}


def pack(listing: Listing, folder: Path, shard_bytes: int) -> tuple[Path, ...]:
    """Write the pictures as stored, in their order, into shards of about `shard_bytes`; return the shards.

    The same pictures give the same bytes. Shards appear whole or not at all.

    Raises:
        UsageError: webdataset is not installed.
        TrainError: the folder already holds shards, or cannot be written to.
        ImageError: a picture cannot be read.
    """
    _make_room(folder)
    groups = list(_groups(_samples(listing), shard_bytes))
    targets = [folder / f"{number:06d}.tar" for number in range(len(groups))]
    for target, group in zip(targets, groups, strict=True):
        _write(target, group)
    return tuple(targets)


def _make_room(folder: Path) -> None:
    if is_folder(folder) and any(folder.glob("*.tar")):
        raise TrainError(f"{folder} already holds shards", "name another folder")
    make_folder(folder, error=TrainError)


def _samples(listing: Listing) -> Iterator[_Packed]:
    """Number the keys: names may repeat between folders, and a dot in one would end webdataset's key."""
    for number, picture in enumerate(listing.pictures):
        kind = _kind(picture)
        key = f"{number:08d}"
        if listing.inputs:
            degraded = listing.inputs[number]
            yield _Packed(key, ((f"{INPUT}.{_kind(degraded)}", degraded), (f"{TARGET}.{kind}", picture)))
        else:
            yield _Packed(key, ((kind, picture),))


def _kind(file: PictureFile) -> str:
    """Return the extension by which a shard's pictures are found: a file's own, or one of its format."""
    own = PurePath(file.name).suffix.lower()
    suffix = own if own in PICTURE_SUFFIXES else usual_suffix(header_of(file).format)
    return suffix.removeprefix(".")


def _groups(samples: Iterator[_Packed], shard_bytes: int) -> Iterator[Sequence[_Packed]]:
    group: list[_Packed] = []
    held = 0
    for sample in samples:
        size = sample.size
        if group and held + size > shard_bytes:
            yield group
            group, held = [], 0
        group.append(sample)
        held += size
    if group:
        yield group


def _write(target: Path, group: Sequence[_Packed]) -> None:
    try:
        from webdataset.writer import TarWriter
    except ImportError:
        raise no_library() from None
    with (
        replacing(target, error=TrainError) as stream,
        TarWriter(stream, encoder=False, compress=False, mtime=0) as writer,
    ):
        for sample in group:
            writer.write(sample.fields())


def _bytes(file: PictureFile) -> bytes:
    if isinstance(file, Member):
        return file.read()
    try:
        return file.read_bytes()
    except OSError as problem:
        raise ImageError(f"{file} is not readable ({problem.strerror})", "check it") from None
