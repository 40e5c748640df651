"""Where a report may be written. Torch-free."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from gantool.errors import UsageError
from gantool.inference.targets import raise_unwritable
from gantool.paths import exists, is_folder, name_problem


def check_report(path: Path, *, overwrite: bool, flag: str = "--report") -> Path:
    """Return `path`, which `flag` names, before any work is done.

    What took hours would have no page else.

    Raises:
        UsageError: it is no `.html` file, exists and is not to be replaced, or its folder does not exist.
        ImageError: the folder cannot be written to.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{flag} {path} is no name for a page", f"write {flag} {path.stem}.html")
    if problem := name_problem(path.name):
        raise UsageError(f"{flag} {path}: {problem}", "choose another name")
    if is_folder(path):
        raise UsageError(f"{flag} {path} is a folder", "name a file")
    if exists(path) and not overwrite:
        raise UsageError(f"{flag} {path} exists", "add --overwrite, or choose another name")
    if not is_folder(path.parent):
        raise UsageError(f"{flag} {path}: folder {path.parent} does not exist", "make it first")
    raise_unwritable(path.parent)
    return path


def free_report(path: Path) -> Path:
    """Return `path`, or where it is taken the first of `page-2.html`, `page-3.html` ... that is free."""
    names = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return path if not exists(path) else next(name for name in names if not exists(name))
