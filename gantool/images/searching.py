"""The pictures of a folder. Torch-free."""

from __future__ import annotations

from pathlib import Path

from gantool.errors import UsageError
from gantool.images.formats import PICTURE_SUFFIXES


def find_pictures(folder: Path) -> tuple[Path, ...]:
    """Return the pictures under `folder`, at any depth, sorted by path; hidden ones are left out.

    Raises:
        UsageError: it is no folder, or holds no pictures.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", "name a folder of pictures")
    found = (path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file())
    pictures = tuple(sorted(path for path in found if not _is_hidden(path.relative_to(folder))))
    if not pictures:
        raise UsageError(f"{folder} holds no pictures", "name a folder of pictures")
    return pictures


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
