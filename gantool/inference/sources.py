"""From what stands on the command line to single pictures. Torch-free."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gantool.errors import Code, ImageError
from gantool.images.searching import files_below, is_picture
from gantool.paths import ABSENT, exists, identity, is_file, is_folder, missing, real

STREAM = Path("-")
"""Stands for stdin as a source and for stdout as a target."""


@dataclass(frozen=True)
class Found:
    """One picture to read, and its place under `-o DIR`.

    `former` tells that a search came upon what looks like an earlier run's result; `problem` says why
    there is nothing to read.
    """

    path: Path
    place: Path
    former: bool = False
    problem: ImageError | None = None


@dataclass(frozen=True)
class Search:
    """How folders and patterns are searched, and how an earlier run's results are told there.

    They end in `suffix` before their dot, perhaps with a candidate's number (`-2`) behind it, and have the
    picture they were made of beside them; or lie in `output` where that is a part of what is searched.
    `stated` takes the place of `suffix` where results are written beside their sources; elsewhere it says
    nothing of what is there already.

    It is made for one plan: what is added to a folder later is not found.
    """

    recursive: bool = False
    suffix: str = ""
    output: Path | None = None
    stated: str | None = None
    _stems: dict[Path, frozenset[str]] = field(default_factory=dict, compare=False)

    def is_former(self, path: Path, root: Path) -> bool:
        """Tell whether `path`, come upon below `root`, looks like an earlier run's result."""
        output = real(self.output) if self.output else None
        suffix = self.suffix
        if self.stated is not None and (output is None or output in (real(root), real(path.parent))):
            suffix = self.stated
        ending = re.search(rf"{re.escape(suffix)}(-\d+)?$", path.stem) if suffix else None
        if ending and path.stem[: ending.start()] in self._stems_in(path.parent):
            return True
        return output is not None and real(root) in output.parents and output in real(path).parents

    def _stems_in(self, folder: Path) -> frozenset[str]:
        """Return the names, without their suffixes, of the pictures in a folder; it is listed once."""
        if folder not in self._stems:
            names, _ = _files(folder, recursive=False)
            self._stems[folder] = frozenset(path.stem for path in names if is_picture(path))
        return self._stems[folder]


def find(inputs: Sequence[str], search: Search) -> tuple[Found, ...]:
    """Return every picture the inputs name, in their order, each once."""
    seen: set[str] = set()
    found = []
    for text in inputs:
        for item in _expand(text, search):
            spelling = str(STREAM) if item.path == STREAM else identity(item.path)
            if spelling not in seen:
                seen.add(spelling)
                found.append(item)
    return tuple(found)


def _expand(text: str, search: Search) -> Iterator[Found]:
    path = Path(text)
    if path == STREAM:
        yield Found(path, Path("stdin"))
    elif is_folder(path):
        yield from _in_folder(path, search)
    elif exists(path) or not glob.has_magic(text):
        yield Found(path, Path(path.name), problem=why_missing(path, str(path)))
    else:
        yield from _matching(text, search)


def _problem(message: str, remedy: str) -> ImageError:
    return ImageError(message, remedy, Code.IMAGE_MISSING)


def why_missing(path: Path, named: str) -> ImageError | None:
    """Return what is wrong where nothing can be reached at a path, the path being `named` so."""
    why = missing(path)
    remedy = "check the name" if why == ABSENT else "check the permissions of its folder"
    return _problem(f"{named} {why}", remedy) if why else None


def _in_folder(folder: Path, search: Search) -> Iterator[Found]:
    below, unread = _files(folder, search.recursive)
    pictures = [path for path in below if is_picture(path)]
    for error in unread:
        why = f"folder {error.filename} cannot be read ({error.strerror})"
        yield Found(Path(error.filename), Path(), problem=_problem(why, "check its permissions"))
    if not pictures and not unread:
        remedy = "name pictures" if search.recursive else "name pictures, or look deeper with --recursive"
        yield Found(folder, Path(), problem=_problem(f"folder {folder} holds no pictures", remedy))
    for path in pictures:
        yield Found(path, path.relative_to(folder), search.is_former(path, folder))


def _files(folder: Path, recursive: bool) -> tuple[list[Path], list[OSError]]:
    """Return the files of a folder, or of the whole tree, by name, and what could not be read of it."""
    unread: list[OSError] = []
    return list(files_below(folder, unread.append, deep=recursive)), unread


def _matching(pattern: str, search: Search) -> Iterator[Found]:
    """Expand a pattern the shell left alone; `**` goes through folders."""
    paths = [Path(name) for name in sorted(glob.glob(pattern, recursive=True))]  # noqa: PTH207 - Path.glob takes no absolute one
    files = [path for path in paths if is_file(path) and is_picture(path)]
    if not files:
        yield Found(Path(pattern), Path(), problem=_problem(f"{pattern} matches no pictures", "check it"))
    root = _fixed_part(pattern)
    for path in files:
        yield Found(path, Path(path.name), search.is_former(path, root))


def _fixed_part(pattern: str) -> Path:
    """Return the folder a pattern starts in."""
    parts = Path(pattern).parts
    magic = next(index for index, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:magic])
