"""Reading every weight file whole, to say which are sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gantool.errors import WeightError
from gantool.weights import checksums, files
from gantool.weights.folders import Source, folders
from gantool.weights.store import Entry


@dataclass(frozen=True)
class Verdict:
    """What became of one file; `problem` is empty where it is sound."""

    entry: Entry
    sha256: str = ""
    problem: str = ""


def verify(entries: Iterable[Entry]) -> Iterator[Verdict]:
    """Read each file whole: header, card, checksum, finite values, and in the store the id in the card."""
    for entry in entries:
        try:
            loaded = files.load(entry.path, task=None, sha256=entry.sha256 or None)
        except WeightError as failure:
            yield Verdict(entry, problem=str(failure))
            continue
        yield Verdict(entry, loaded.sha256, _odd(entry, loaded.id))


def missing() -> tuple[str, ...]:
    """Return a line for every file that a `SHA256SUMS` of the store names and that is not there."""
    lines = []
    for folder in folders():
        try:
            names = checksums.manifest(folder.path)
        except WeightError as failure:
            lines.append(str(failure))
            continue
        absent = [name for name in names if not (folder.path / name).exists()]
        lines.extend(f"{folder.path / name} is missing; {checksums.MANIFEST} names it" for name in absent)
    return tuple(lines)


def _odd(entry: Entry, card_id: str) -> str:
    if card_id != entry.id and entry.source is not Source.PATH:  # Outside the store no id is looked for.
        return f"{entry.path}: its card says {card_id!r}, its name {entry.id!r}; rename or import it again"
    listed = checksums.manifest(entry.path.parent)
    if listed and entry.path.name not in listed:
        return f"{entry.path} is not in {checksums.MANIFEST} beside it; add it"
    return ""
