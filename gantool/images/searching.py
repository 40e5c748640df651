"""The pictures of a folder. Torch-free."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from gantool.errors import UsageError
from gantool.images.formats import PICTURE_SUFFIXES
from gantool.paths import is_file, is_folder

Leaves = Callable[[Path], bool]
"""Tells whether a folder is not gone into."""


def find_pictures(folder: Path, leaves: Leaves = lambda folder: False) -> tuple[Path, ...]:
    """Return the pictures under `folder`, at any depth, sorted by path; hidden ones are left out.

    Links to folders are followed; a folder that several ways lead to is looked through once, or a link to one
    above would never end. Folders that `leaves` tells of are left out, too.

    Raises:
        UsageError: it is no folder, or holds no pictures.
    """
    if not is_folder(folder):
        raise UsageError(f"{folder} is not a folder", "name a folder of pictures")
    below = files_below(folder, leaves=leaves)
    pictures = tuple(sorted(path for path in below if is_picture(path) and is_file(path)))
    if not pictures:
        raise UsageError(f"{folder} holds no pictures", "name a folder of pictures")
    return pictures


def is_picture(path: Path) -> bool:
    """Tell by its name whether a search takes a file for a picture."""
    return path.suffix.lower() in PICTURE_SUFFIXES


def files_below(
    folder: Path,
    onerror: Callable[[OSError], object] | None = None,
    *,
    deep: bool = True,
    leaves: Leaves = lambda folder: False,
) -> Iterator[Path]:
    """Return what lies below `folder`, hidden files and folders apart; what links lead to comes last.

    `onerror` is told of folders that cannot be read; without `deep` the folder's own files are all.
    """
    waiting, seen = deque([folder]), set[tuple[int, int]]()
    while waiting:
        for parent, folders, names in os.walk(waiting.popleft(), onerror=onerror):
            place = Path(parent).stat()
            if (place.st_dev, place.st_ino) in seen:
                folders.clear()
                continue
            seen.add((place.st_dev, place.st_ino))
            visible = [Path(parent, name) for name in sorted(folders) if deep and not name.startswith(".")]
            visible = [path for path in visible if not leaves(path)]
            waiting.extend(path for path in visible if path.is_symlink())
            folders[:] = [path.name for path in visible if not path.is_symlink()]
            yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))
