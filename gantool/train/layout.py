"""Which pictures are for training and which for validation: the one way to say what a training set is.

`--data` and `--val` each name a folder of pictures (at any depth), a paired folder (`input/` beside
`target/`), a list of paths, a tar shard in webdataset's format or a folder of these. `--data` may also hold
`train/` beside `val/`, each of which is one of them, or DIV2K as it unpacks. Torch-free, shards apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from gantool.errors import ImageError, TrainError, UsageError
from gantool.images.formats import PICTURE_SUFFIXES
from gantool.paths import is_folder
from gantool.train.data.idx import idx_images
from gantool.train.data.items import Member, PictureFile, byte_count
from gantool.train.data.listing import list_place, shards_of
from gantool.train.data.shards import SHARD_SUFFIX
from gantool.train.reading import read_rgb

HELD_OUT_SHARE = 32
MOST_HELD_OUT = 16

Usable = Callable[[PictureFile], bool]
"""Whether a picture can be validated on."""


@dataclass(frozen=True)
class Pair:
    """A degraded picture and what it should become; the target may be larger by a whole factor."""

    input: PictureFile
    target: PictureFile


@dataclass(frozen=True)
class Fingerprints:
    """Digests of names and sizes, so that a resumed run notices other pictures."""

    train: str
    held_out: str


@dataclass(frozen=True)
class Split:
    """Training and validation pictures; they share none. Of a paired set these are the targets."""

    train: tuple[PictureFile, ...]
    val: tuple[PictureFile, ...]
    train_inputs: tuple[PictureFile, ...] = ()
    val_inputs: tuple[PictureFile, ...] = ()

    @property
    def train_pairs(self) -> tuple[Pair, ...]:
        """The training pairs; UsageError where the set is not paired."""
        return _pairs(self.train_inputs, self.train)

    @property
    def val_pairs(self) -> tuple[Pair, ...]:
        """The validation pairs; UsageError where the validation set is not paired."""
        return _pairs(self.val_inputs, self.val)

    def fingerprints(self) -> Fingerprints:
        """Return digests of both sides."""
        sides = ((*self.train, *self.train_inputs), (*self.val, *self.val_inputs))
        return Fingerprints(*(_digest((file.name, byte_count(file)) for file in side) for side in sides))


@dataclass(frozen=True)
class Places:
    """Where the training pictures lie, and where the validation pictures do if they lie apart."""

    train: Path
    val: Path | None


def find_split(data: Path, val: Path | None, may_lack_val: bool = False, least: int = 1) -> Split:
    """Return the training and validation pictures of `data`, or the latter of `val` if it is given.

    Without validation pictures of its own, every 32nd (by the digest of its name, at most 16) is held out; of
    those that can be read and whose sides have `least` pixels. Others stay among the training pictures, where
    a pool leaves them out and counts them. `may_lack_val` is for recipes that can measure with training
    pictures, where one is all there is.

    Raises:
        UsageError: a place is missing, holds no pictures, or needs the extra `shards`.
        TrainError: a list names missing files or none, a shard is cut short, a pair lacks a side, or one side
            of the split is empty.
    """
    split = _split(data, val, lambda file: can_measure(file, least))
    if not split.train:
        raise TrainError(
            f"all pictures of {data} are validation pictures, and none is left to learn from",
            "name other ones with --val, or leave it out",
        )
    if not split.val and not may_lack_val:
        raise TrainError(
            f"{data} holds one picture, and none is left for validation",
            "add pictures, or name some with --val",
        )
    return split


def _split(data: Path, val: Path | None, usable: Usable) -> Split:
    places = find_places(data, val)
    train = list_place(places.train).checked(places.train)
    if places.val is None:
        held_out = train.only(hold_out(train.pictures, usable))
    else:
        held_out = list_place(places.val).checked(places.val)
    kept = {_identity(file) for file in held_out.pictures}
    train = train.only(index for index, file in enumerate(train.pictures) if _identity(file) not in kept)
    held_out = held_out.only(range(min(MOST_HELD_OUT, len(held_out.pictures))))
    return Split(train.pictures, held_out.pictures, train.inputs, held_out.inputs)


def find_places(data: Path, val: Path | None) -> Places:
    """Look for `train/` beside `val/`, and for DIV2K, whose LR folders must never be learned from.

    A folder `train/` without the other may be one of several classes, and must not hide the rest.
    """
    div2k = data / "DIV2K_train_HR"
    pairs = ((div2k, data / "DIV2K_valid_HR"), *((data / "train", data / name) for name in ("val", "valid")))
    for train, beside in pairs:
        own = beside if is_folder(beside) else None
        if is_folder(train) and (val or own or train == div2k or _is_alone(train)):
            return Places(train, val or own)
    return Places(data, val)


def _is_alone(folder: Path) -> bool:
    others = (path for path in folder.parent.iterdir() if path != folder and not path.name.startswith("."))
    return not any(
        is_folder(path) or path.suffix.lower() in (*PICTURE_SUFFIXES, SHARD_SUFFIX) for path in others
    )


def fingerprints_of(data: Path, val: Path | None) -> Fingerprints:
    """Return digests of the training set's names and sizes, and of the held-out pictures'.

    Of an IDX file and of shards these are the files' own: that needs no second index. A task that learns from
    a folder may validate on an IDX file, which shares no picture with it.
    """
    whole = _whole_files(data, val)
    own_idx = val is not None and idx_images(val)
    if not whole:
        found = _split(data, None if own_idx else val, lambda file: True).fingerprints()
        return Fingerprints(found.train, _digest_of_files((own_idx,))) if own_idx else found
    train = _digest_of_files(whole)
    return Fingerprints(train, train if val is None else _apart(val))


def _apart(val: Path) -> str:
    if whole := _whole_files(val, None):
        return _digest_of_files(whole)
    return _digest((file.name, byte_count(file)) for file in list_place(val).pictures)


def _whole_files(place: Path, val: Path | None) -> tuple[Path, ...]:
    """Return the IDX file or the shards that hold a place's pictures; none where each has its own file."""
    idx = idx_images(place)
    return (idx,) if idx else shards_of(find_places(place, val).train)


def _digest_of_files(files: Sequence[Path]) -> str:
    return _digest((file.name, file.stat().st_size) for file in files)


def _digest(sized: Iterable[tuple[str, int]]) -> str:
    digest = hashlib.sha256()
    for name, size in sized:
        digest.update(_bytes_of(f"{name}\0{size}\n"))
    return digest.hexdigest()[:16]


def _bytes_of(text: str) -> bytes:
    """Return UTF-8, with what a name has that is none (it may come from anywhere) written out."""
    return text.encode(errors="backslashreplace")


def _identity(file: PictureFile) -> tuple[Path, str]:
    """Return what tells a picture from others, by whatever path it is named: links and `..` are followed."""
    if isinstance(file, Member):
        return file.shard.resolve(), file.name
    return file.resolve(), ""


def _pairs(inputs: Sequence[PictureFile], targets: Sequence[PictureFile]) -> tuple[Pair, ...]:
    if targets and not inputs:
        raise UsageError(
            "this task learns from pairs, and the pictures are not paired",
            "put degraded pictures into input/ and the same, clean, into target/",
        )
    return tuple(Pair(*sides) for sides in zip(inputs, targets, strict=True))


def can_measure(file: PictureFile, least: int) -> bool:
    """Return whether a picture can be read to its end and has both sides of `least` pixels or more."""
    try:
        return int(min(read_rgb(file).shape[:2])) >= least
    except ImageError:
        return False


def hold_out(files: Sequence[PictureFile], usable: Usable) -> tuple[int, ...]:
    """Return the positions of those held out where no validation pictures are named.

    It is a function of the names of the usable ones. Where none is usable it goes by names alone: what is
    wrong with such a set is said when it is learned from.
    """

    def digest(index: int) -> bytes:
        return hashlib.sha256(_bytes_of(files[index].name)).digest()

    count = min(MOST_HELD_OUT, max(1, len(files) // HELD_OUT_SHARE)) if len(files) > 1 else 0
    order = sorted(range(len(files)), key=digest)
    chosen = list(islice((index for index in order if usable(files[index])), count))
    return tuple(sorted(chosen or order[:count]))
