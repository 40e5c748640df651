"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from gantool.errors import ImageError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """Open a temporary file beside `target`, and rename it to `target` once it is whole and on the disk.

    After an error of any kind, interruption included, the temporary file is gone and `target` is as it was.

    Raises:
        ImageError: when the folder cannot be written to, or the disk is full.
    """
    temporary = target.with_name(f".gantool-{secrets.token_hex(8)}.part")
    try:
        with _created(temporary) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise _refusal(target, error) from error
    finally:
        with suppress(OSError):  # After the rename, or where it was never made, it is not there.
            temporary.unlink(missing_ok=True)


def _created(path: Path) -> BinaryIO:
    """Create a file with the permissions any new file gets (a `tempfile` would be the user's alone)."""
    return path.open("x+b")


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system lets a folder be opened."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _refusal(target: Path, error: OSError) -> ImageError:
    if error.errno in _FULL:
        return ImageError(f"no space left for {target}", "free some, or choose another folder with -o")
    if error.errno == errno.ENOENT:
        return ImageError(f"{target} cannot be written: its folder does not exist", "make it first")
    why = error.strerror or str(error)
    return ImageError(f"{target} cannot be written ({why})", "choose a folder you can write to with -o")
