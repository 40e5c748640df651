"""A training set as a list: one path a line, relative to the list's own folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gantool.errors import UsageError
from gantool.images.formats import PICTURE_SUFFIXES


@dataclass(frozen=True)
class Line:
    """A line that names a picture, or a degraded one and its target, parted by a tab."""

    number: int
    paths: tuple[Path, ...]


def read_list(file: Path) -> tuple[Line, ...]:
    """Return the lines that name something; blank ones and those that start with `#` do not.

    Raises:
        UsageError: the file cannot be read, is no text, or has a line of more than two paths.
    """
    if file.suffix.lower() in PICTURE_SUFFIXES:
        raise UsageError(f"{file} is one picture", "name its folder, or a list of pictures")
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not a list of paths", "write one path a line, in UTF-8") from None
    except OSError as problem:
        raise UsageError(f"cannot read {file} ({problem.strerror})", "check the name") from None
    rows = ((number, row.strip()) for number, row in enumerate(text.splitlines(), 1))
    return tuple(_line(file, number, row) for number, row in rows if row and not row.startswith("#"))


def _line(file: Path, number: int, row: str) -> Line:
    names = [name.strip() for name in row.split("\t")]
    if len(names) > 2 or not all(names):
        raise UsageError(
            f"line {number} of {file} has {len(names)} columns",
            "write one path a line, or the degraded picture's, a tab and the target's",
        )
    return Line(number, tuple(file.parent / name for name in names))
