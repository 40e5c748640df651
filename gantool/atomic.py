"""Files that appear whole or not at all. Torch-free."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from gantool.errors import GantoolError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def replacing(target: Path, *, error: type[GantoolError]) -> Iterator[BinaryIO]:
    """Open a temporary file beside `target`, and rename it to `target` once it is whole and on the disk.

    After an error of any kind, interruption included, the temporary file is gone and `target` is as it was.

    Args:
        target: the file to make or to replace; its folder exists.
        error: what to raise when the disk is full or the folder cannot be written to.
    """
    temporary = target.with_name(f".gantool-{secrets.token_hex(8)}.part")
    try:
        with _created(temporary) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as failure:
        raise _refusal(target, failure, error) from failure
    finally:
        with suppress(OSError):  # After the rename, or where it was never made, it is not there.
            temporary.unlink(missing_ok=True)


def write_atomic(path: Path, content: bytes, *, error: type[GantoolError]) -> None:
    """Write all of `content` as `replacing` does."""
    with replacing(path, error=error) as stream:
        stream.write(content)


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


def _refusal(target: Path, failure: OSError, error: type[GantoolError]) -> GantoolError:
    if failure.errno in _FULL:
        return error(f"no space left for {target}", "free some, or choose another folder")
    if failure.errno == errno.ENOENT:
        return error(f"{target} cannot be written: its folder does not exist", "make it first")
    why = failure.strerror or str(failure)
    return error(f"{target} cannot be written ({why})", "choose a folder you can write to")
