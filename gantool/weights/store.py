"""The weight store: from what a user or a task asks for to one verified file. Torch-free but for `load`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gantool import plugins
from gantool.errors import UsageError, WeightError, nearest
from gantool.paths import exists, is_file, size
from gantool.task import AnyTask, KnownWeight, LoadedWeight
from gantool.weights import files
from gantool.weights.card import Card
from gantool.weights.folders import Source, folders
from gantool.weights.ids import is_id


@dataclass(frozen=True)
class Entry:
    """One weight file of the store. `card` is None, and `problem` says why, where it cannot be read.

    `shadowed` files share an id with one that is found earlier. `sha256` is what a plugin says of its own.
    """

    id: str
    path: Path
    source: Source
    card: Card | None
    problem: str = ""
    shadowed: bool = False
    sha256: str = ""

    @property
    def bytes(self) -> int:
        """The file's size; 0 where it is a link that leads nowhere."""
        return size(self.path)


def resolve(wanted: str | Path, task: AnyTask | None = None) -> Path:
    """Return the file of a weight, given by id or by path.

    An id is looked for in the folders of `GANTOOL_WEIGHTS`, the user's store, the shipped weights and the
    packages of plugins; only the plugin of `task`, where one is given, is asked.

    Raises:
        WeightError: no such file or id; the line names the nearest ids, or those of the task.
    """
    return _find(wanted, task)[0]


def choose(needed: Sequence[str], given: Sequence[str], task: AnyTask) -> tuple[str, ...]:
    """Return the weights the user gave in the place of those the options need, or the latter.

    Fewer than are needed take the places that their cards tell, and the task's own stay in the others: a run
    trains one of a task's networks, and exports that alone.

    Raises:
        UsageError: they are too many, or it is not to be told whose place one takes.
        WeightError: fewer are given than needed, and there is no such file or id.
    """
    if not given or len(given) == len(needed):
        return tuple(given or needed)
    taken: dict[int | None, str] = {}
    if len(given) < len(needed):
        cards = [files.read_card(resolve(wanted, task)) for wanted in given]
        taken = {_place(card, needed, task): wanted for card, wanted in zip(cards, given, strict=True)}
    if None in taken or len(taken) < len(given):
        raise UsageError(
            f"these options need {len(needed)} weights and --weights names {len(given)}",
            f"give --weights for each, in the order of the task's own: {', '.join(needed)}",
        )
    return tuple(taken.get(place, own) for place, own in enumerate(needed))


def _place(card: Card, needed: Sequence[str], task: AnyTask) -> int | None:
    """Return which of the needed weights one stands for: that of its id, or the only one of its network."""
    if card.id in needed:
        return needed.index(card.id)
    alike = [place for place, own in enumerate(needed) if _architecture(own, task) == card.architecture]
    return alike[0] if len(alike) == 1 else None


def _architecture(wanted: str, task: AnyTask) -> str:
    """Return the architecture of a weight, empty where there is no such weight."""
    try:
        return files.read_card(resolve(wanted, task)).architecture
    except WeightError:
        return ""


def load(wanted: str | Path, task: AnyTask) -> LoadedWeight:
    """Resolve `wanted` and read it with every check `files.load` makes."""
    path, sha256 = _find(wanted, task)
    return files.load(path, task=task.name, sha256=sha256 or None)


def listing(task: str | None = None) -> tuple[Entry, ...]:
    """Return every weight file of the store, in lookup order; `task` keeps those made for it.

    Files that cannot be read are listed with the reason, whatever the task.
    """
    seen: set[str] = set()
    entries = []
    for weight_id, path, source, sha256 in _everything():
        entry = _entry(weight_id, path, source, sha256, shadowed=weight_id in seen)
        seen.add(weight_id)
        if task is None or entry.card is None or entry.card.task == task:
            entries.append(entry)
    return tuple(entries)


def holders(weight_id: str) -> tuple[tuple[Source, Path], ...]:
    """Return every file that has an id, in lookup order: the first is taken, the others are shadowed."""
    return tuple((source, path) for known, path, source, _ in _everything() if known == weight_id)


def named(wanted: Sequence[str]) -> tuple[Entry, ...]:
    """Return the entries of the given ids or paths; a path outside the store makes an entry of its own.

    Raises:
        WeightError: no such file or id.
    """
    return tuple(_entry_of(resolve(item)) for item in wanted)


def _entry_of(path: Path) -> Entry:
    """Return the listed entry of `path`, or one for a file that only its path leads to."""
    for entry in listing():
        if exists(entry.path) and entry.path.samefile(path):
            return entry
    return _entry(path.name.removesuffix(files.SUFFIX), path, Source.PATH, "", shadowed=False)


def _find(wanted: str | Path, task: AnyTask | None) -> tuple[Path, str]:
    """Return the file and the checksum a plugin gives for it, if it does."""
    if isinstance(wanted, Path) or not is_id(wanted) or os.sep in wanted:
        return _existing(Path(wanted)), ""
    for folder in folders():
        path = folder.file(wanted)
        if is_file(path):
            return path, ""
    known = _known([task]) if task is not None else _known_to_all()
    for weight, path in known:
        if weight.id == wanted:
            return path, weight.sha256
    raise _unknown(wanted, task)


def _existing(path: Path) -> Path:
    files.check_file(path)
    if path.suffix in files.FOREIGN:
        raise WeightError(
            f"{path} is no weight file of gantool", "import it first: see `gantool weights import --help`"
        )
    return path


def _unknown(wanted: str, task: AnyTask | None) -> WeightError:
    for weight in task.known_weights if task is not None else ():
        if weight.id == wanted and weight.url:
            return WeightError(
                f"weight {wanted!r} is not installed", f"get it by `gantool weights pull {wanted}`"
            )
    of_task = f" for task {task.name!r}" if task is not None else ""
    ids = {entry.id for entry in listing(task.name if task else None) if entry.card is not None}
    return WeightError(
        f"there is no weight {wanted!r}{of_task}", f"{nearest(wanted, ids)} (see `gantool weights list`)"
    )


def _everything() -> Iterator[tuple[str, Path, Source, str]]:
    for folder in folders():
        for path in folder.files():
            yield path.name.removesuffix(files.SUFFIX), path, folder.source, ""
    for weight, path in _known_to_all():
        yield weight.id, path, Source.PLUGIN, weight.sha256


def _known_to_all() -> Iterator[tuple[KnownWeight, Path]]:
    return _known([report.task for report in plugins.survey() if report.task is not None])


def _known(tasks: Sequence[AnyTask]) -> Iterator[tuple[KnownWeight, Path]]:
    """Yield the weights that come inside the plugins' packages, with their files."""
    for task in tasks:
        for weight in task.known_weights:
            folder = plugins.folder(task.name) if weight.path else None
            if folder is not None and is_file(folder / weight.path):
                yield weight, folder / weight.path


def _entry(weight_id: str, path: Path, source: Source, sha256: str, *, shadowed: bool) -> Entry:
    try:
        card, problem = files.read_card(path), ""
    except WeightError as failure:
        card, problem = None, str(failure)
    return Entry(weight_id, path, source, card, problem, shadowed, sha256)
