"""Questions about paths that get an answer, whatever the path: none of these raises. Torch-free.

`pathlib` raises for names that are too long, and `Path.resolve` for links that lead in a circle; both come
among a hundred thousand files, and neither may end the work on the others.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import unicodedata
from pathlib import Path

LONGEST_NAME = 255
"""Bytes of a file's name on ext4, XFS, Btrfs and ZFS; APFS and NTFS count characters and take more."""

ABSENT = "does not exist"
"""What `missing` says where there is nothing."""

_NOTHING_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL)
_FOLDING = ("darwin", "win32")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)", re.IGNORECASE)


def exists(path: Path) -> bool:
    """Return whether something is there that can be reached."""
    return os.path.exists(path)  # noqa: PTH110 - Path.exists raises


def leads_nowhere(path: Path) -> bool:
    """Return whether a symbolic link is there behind which nothing can be reached."""
    return os.path.lexists(path) and not exists(path)


def is_folder(path: Path) -> bool:
    """Return whether a folder is there."""
    return os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises


def is_file(path: Path) -> bool:
    """Return whether a file is there."""
    return os.path.isfile(path)  # noqa: PTH113 - Path.is_file raises


def size(path: Path) -> int:
    """Return a file's bytes; 0 where it cannot be reached."""
    try:
        return os.stat(path).st_size  # noqa: PTH116 - as above
    except (OSError, ValueError):
        return 0


def missing(path: Path) -> str:
    """Return why nothing can be reached at a path (`ABSENT`: nothing is there), or an empty text."""
    try:
        os.stat(path)  # noqa: PTH116 - as above
    except ValueError:
        return ABSENT
    except OSError as error:
        absent = error.errno in _NOTHING_THERE
        return ABSENT if absent else f"cannot be reached ({error.strerror})"
    return ""


def real(path: Path) -> Path:
    """Return the absolute path, links followed as far as they lead."""
    return Path(os.path.realpath(path))


def identity(path: Path, platform: str = sys.platform) -> str:
    """Return one name for all spellings of a path.

    Links are followed; on macOS and Windows, whose file systems as a rule take `IMG.jpg` and `img.jpg` for
    one file, letters are folded, and accents composed.
    """
    text = str(real(path))
    return unicodedata.normalize("NFC", text).casefold() if platform in _FOLDING else text


def name_problem(name: str, platform: str = sys.platform) -> str:
    """Return why no file can be called `name`, or nothing."""
    if len(os.fsencode(name)) > LONGEST_NAME:
        return f"its name would take {len(os.fsencode(name))} bytes, and {LONGEST_NAME} are possible"
    if platform != "win32":
        return ""
    if found := _FORBIDDEN.search(name):
        return f"Windows has no names with {found[0]!r}"
    if _RESERVED.fullmatch(name.partition(".")[0].rstrip()):
        return f"Windows keeps the name {name.partition('.')[0]} for a device"
    return "Windows drops a last dot or space" if name.endswith((".", " ")) else ""
