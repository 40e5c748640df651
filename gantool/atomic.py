"""Files that appear whole or not at all. Torch-free."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

from gantool.errors import GantoolError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_atomic(path: Path, content: bytes, *, error: type[GantoolError]) -> None:
    """Write to a temporary name beside `path`, flush it to the disk and rename it.

    After a failure of any kind, interruption included, `path` is as it was and nothing is left beside it.

    Args:
        path: the file to make or to replace; its folder exists.
        content: all of the file.
        error: what to raise when the disk is full or the folder cannot be written to.
    """
    temporary = path.with_name(f".gantool-{secrets.token_hex(8)}.part")
    try:
        with temporary.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as failure:
        raise _refusal(path, failure, error) from failure
    finally:
        with suppress(OSError):  # after the rename it is not there any more
            temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system lets a folder be opened."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _refusal(path: Path, failure: OSError, error: type[GantoolError]) -> GantoolError:
    if failure.errno in _FULL:
        return error(f"no space left for {path}", "free some, or choose another folder")
    if failure.errno == errno.ENOENT:
        return error(f"{path} cannot be written: its folder does not exist", "make it first")
    why = failure.strerror or str(failure)
    return error(f"{path} cannot be written ({why})", "choose a folder you can write to")
