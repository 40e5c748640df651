"""Where a report may be written. Torch-free."""

from __future__ import annotations

from pathlib import Path

from gantool.errors import UsageError


def check_report(path: Path, *, overwrite: bool) -> Path:
    """Return `path`, before any work is done.

    Raises:
        UsageError: it is no `.html` file, exists and is not to be replaced, or its folder does not exist.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"--report {path} is no name for a page", f"write --report {path.stem}.html")
    if path.is_dir():
        raise UsageError(f"--report {path} is a folder", "name a file")
    if path.exists() and not overwrite:
        raise UsageError(f"--report {path} exists", "add --overwrite, or choose another name")
    if not path.parent.is_dir():
        raise UsageError(f"--report {path}: folder {path.parent} does not exist", "make it first")
    return path
