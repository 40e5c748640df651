"""What one place holds, before anyone objects to it: pictures, their degraded sides, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gantool.errors import TrainError, UsageError
from gantool.images.searching import files_below, find_pictures, is_picture
from gantool.paths import exists, is_file, is_folder
from gantool.train.data.filelist import Line, read_list
from gantool.train.data.idx import is_idx
from gantool.train.data.items import PictureFile
from gantool.train.data.shards import INPUT, SHARD_SUFFIX, TARGET, Sample, index_shard
from gantool.train.folder import RUN_FILE, SAMPLES

_COMPRESSED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")

NAMED = 3
"""How many of the faulty ones an error names."""


@dataclass(frozen=True)
class Listing:
    """The pictures of a place.

    Attributes:
        pictures: what is learned from; in a paired set the targets.
        inputs: the degraded side of each picture; empty where the set is not paired.
        alone: pictures of a paired set whose other side is missing.
        missing: listed files that are not there, each with its line.
    """

    pictures: tuple[PictureFile, ...]
    inputs: tuple[PictureFile, ...] = ()
    alone: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def checked(self, place: Path) -> Listing:
        """Return the listing as it is.

        Raises:
            TrainError: it has no picture, a listed file is missing, or one side of a pair is.
        """
        total = len(self.pictures)
        if self.missing:
            raise TrainError(
                f"{len(self.missing)} of {total + len(self.missing)} pictures listed in {place} are missing: "
                f"{_some(self.missing)}",
                "paths are relative to the list's folder",
            )
        if self.alone:
            raise TrainError(
                f"{len(self.alone)} pictures of the pairs in {place} have no other side: {_some(self.alone)}",
                "add it or take them out",
            )
        if not self.pictures:
            raise TrainError(f"{place} lists no pictures", "name one picture a line")
        return self

    def only(self, wanted: Iterable[int]) -> Listing:
        """Return the pictures of these positions, with their inputs."""
        chosen = sorted(wanted)
        inputs = tuple(self.inputs[index] for index in chosen) if self.inputs else ()
        return Listing(tuple(self.pictures[index] for index in chosen), inputs)


def list_place(place: Path) -> Listing:
    """Look what a folder, a paired folder, a list, a shard or a folder of shards holds; no picture is opened.

    Raises:
        UsageError: there is no such place, a folder without pictures, or one of shards and pictures.
        TrainError: a shard is damaged, or two pictures of one side have one name.
    """
    if not exists(place):
        raise UsageError(f"{place} does not exist", "name a folder of pictures, a list or tar shards")
    if is_idx(place):
        raise UsageError(
            f"{place} is an IDX file, not pictures to cut crops from", "name a folder of pictures"
        )
    if shards := shards_of(place):
        return _of_shards(shards)
    if is_file(place):
        return _of_list(read_list(place))
    if is_folder(place / INPUT) and is_folder(place / TARGET):
        return _of_sides(place)
    return Listing(find_pictures(place, is_made_by_a_run))


def is_made_by_a_run(folder: Path) -> bool:
    """Tell whether a folder holds a training run's own samples, which show the held-out pictures.

    A run lies among its pictures where it is begun in their folder.
    """
    return folder.name == SAMPLES and exists(folder.parent / RUN_FILE)


def shards_of(place: Path) -> tuple[Path, ...]:
    """Return the tar shards that a place is or holds, without opening them; none for any other place.

    Raises:
        UsageError: a shard is compressed, or lies beside pictures.
    """
    if is_file(place):
        return (place,) if _is_shard(place) else ()
    if not is_folder(place) or (is_folder(place / INPUT) and is_folder(place / TARGET)):
        return ()
    shards = tuple(path for path in sorted(place.iterdir()) if _is_shard(path))
    if shards and any(is_picture(path) for path in files_below(place, leaves=is_made_by_a_run)):
        raise UsageError(f"{place} holds tar shards and pictures", "put them into two folders")
    return shards


def _is_shard(path: Path) -> bool:
    if path.name.lower().endswith(_COMPRESSED):
        raise UsageError(
            f"{path} is compressed, and pictures are read from anywhere in it", "unpack it to a .tar first"
        )
    return path.suffix == SHARD_SUFFIX


def _of_sides(place: Path) -> Listing:
    inputs, targets = _by_name(place / INPUT), _by_name(place / TARGET)
    both = sorted(inputs.keys() & targets.keys())
    alone = sorted(str(side[name]) for side in (inputs, targets) for name in side.keys() - set(both))
    return Listing(tuple(targets[name] for name in both), tuple(inputs[name] for name in both), tuple(alone))


def _by_name(side: Path) -> Mapping[str, Path]:
    """Return a side's pictures by their relative names without suffix: `a.jpg` belongs to `a.png`."""
    found: dict[str, Path] = {}
    for path in find_pictures(side, is_made_by_a_run):
        name = path.relative_to(side).with_suffix("").as_posix()
        if name in found:
            raise TrainError(f"{found[name]} and {path} have one name", "rename one, so that pairs are clear")
        found[name] = path
    return found


def _of_list(lines: tuple[Line, ...]) -> Listing:
    present = [line for line in lines if all(is_file(path) for path in line.paths)]
    missing = [f"{path} (line {line.number})" for line in lines for path in line.paths if not is_file(path)]
    paired = any(len(line.paths) == 2 for line in lines)
    whole = [line for line in present if len(line.paths) == 2] if paired else present
    alone = [f"{line.paths[0]} (line {line.number})" for line in present if len(line.paths) == 1]
    return Listing(
        tuple(line.paths[-1] for line in whole),
        tuple(line.paths[0] for line in whole) if paired else (),
        tuple(alone) if paired else (),
        tuple(missing),
    )


def _of_shards(shards: Iterable[Path]) -> Listing:
    samples: list[Sample] = [sample for shard in shards for sample in index_shard(shard)]
    paired = any(sample.input for sample in samples)
    whole = [sample for sample in samples if sample.picture and (sample.input or not paired)]
    alone = [sample.name for sample in samples if paired and not (sample.picture and sample.input)]
    if not samples:
        raise UsageError("the tar shards hold no pictures", "pack them with `gantool data pack`")
    return Listing(
        tuple(sample.picture for sample in whole if sample.picture),
        tuple(sample.input for sample in whole if sample.input),
        tuple(alone),
    )


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
