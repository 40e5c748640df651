"""Where a report may be written. Torch-free."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from gantool.errors import UsageError
from gantool.inference.targets import raise_unwritable
from gantool.paths import exists, is_folder, name_problem


def report_place(path: Path, *, overwrite: bool, flag: str = "--report", numbered: bool = False) -> Path:
    """Return where the page goes that `flag` names, before any work is done.

    What took hours would have no page else. One that exists is replaced where `overwrite` says so; else it
    is refused, or, `numbered`, kept: the first of `page-2.html`, `page-3.html` ... that is free is taken.

    Raises:
        UsageError: it is no `.html` file, exists and is neither replaced nor kept, or its folder does not
            exist.
        ImageError: the folder cannot be written to.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{flag} {path} is no name for a page", f"write {flag} {path.stem}.html")
    if problem := name_problem(path.name):
        raise UsageError(f"{flag} {path}: {problem}", "choose another name")
    if is_folder(path):
        raise UsageError(f"{flag} {path} is a folder", "name a file")
    taken = exists(path) and not overwrite
    if taken and not numbered:
        raise UsageError(f"{flag} {path} exists", "add --overwrite, or choose another name")
    if not is_folder(path.parent):
        raise UsageError(f"{flag} {path}: folder {path.parent} does not exist", "make it first")
    raise_unwritable(path.parent)
    return _numbered(path) if taken else path


def _numbered(path: Path) -> Path:
    names = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return next(name for name in names if not exists(name))
