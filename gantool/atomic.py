"""Files that appear whole or not at all. Torch-free."""

from __future__ import annotations

import errno
import os
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from gantool.errors import Code, GantoolError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where no space is left."""
_PART = re.compile(r"\.gantool-[0-9a-f]{16}\.part")


@contextmanager
def replacing(target: Path, *, error: type[GantoolError], overwrite: bool = True) -> Iterator[BinaryIO]:
    """Open a temporary file beside `target`, and rename it to `target` once it is whole and on the disk.

    After an error of any kind, interruption included, the temporary file is gone and `target` is as it was.

    Args:
        target: the file to make or to replace; its folder exists.
        error: what to raise when the disk is full or the folder cannot be written to.
        overwrite: whether a file that has appeared at `target` by then is replaced.

    Raises:
        FileExistsError: `target` is there by now, and not to be replaced.
    """
    temporary: Path | None = None
    try:
        temporary, stream = _begun(target)
        with stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            if sys.platform != "win32":  # Renamed while it is held, so that no `sweep` comes between.
                _place(temporary, target, overwrite)
        if sys.platform == "win32":
            _place(temporary, target, overwrite)
        _sync_folder(target.parent)
    except FileExistsError:
        raise
    except OSError as failure:
        raise refusal(target, failure, error) from failure
    finally:
        if temporary is not None:
            with suppress(OSError):  # After the rename it is not there.
                temporary.unlink(missing_ok=True)


def write_atomic(path: Path, content: bytes, *, error: type[GantoolError]) -> None:
    """Write all of `content` as `replacing` does."""
    with replacing(path, error=error) as stream:
        stream.write(content)


def sweep(folder: Path) -> int:
    """Remove the temporary files that killed runs left in a folder, and return how many there were.

    Those of runs that are alive are held by them and stay. Whatever is in the way, nothing is raised.
    """
    removed = 0
    with suppress(OSError):
        for path in folder.iterdir():
            if _PART.fullmatch(path.name):
                with suppress(OSError):
                    _remove_unheld(path)
                    removed += 1
    return removed


def _remove_unheld(path: Path) -> None:
    if sys.platform == "win32":  # There, what anybody has open cannot be removed, and this is no exception.
        path.unlink()
        return
    with path.open("r+b") as stream:
        _lock(stream)
        path.unlink()


def is_free(stream: BinaryIO) -> bool:
    """Take a file for as long as it is open, however the process ends; return False if another has it.

    Where there are no locks (Windows here, some network shares) every file counts as free.
    """
    if sys.platform != "win32":
        try:
            _lock(stream)
        except BlockingIOError:
            return False
        except OSError:
            return True
    return True


def _lock(stream: BinaryIO) -> None:
    import fcntl

    fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _place(temporary: Path, target: Path, overwrite: bool) -> None:
    """Give the file its name."""
    if overwrite:
        temporary.replace(target)
        return
    try:
        os.link(temporary, target)  # Unlike a rename, it fails where something is.
    except FileExistsError:
        raise
    except OSError:  # A file system without links (FAT, some network shares): look, then rename.
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, "exists", str(target)) from None
        temporary.replace(target)


def _begun(target: Path) -> tuple[Path, BinaryIO]:
    """Create a temporary file beside `target`, held for as long as it is open.

    Between its creation and its lock another process may sweep it away, or be about to: then another is made.
    """
    while True:
        path = target.with_name(f".gantool-{secrets.token_hex(8)}.part")
        stream = _created(path)
        if is_free(stream) and os.fstat(stream.fileno()).st_nlink > 0:
            return path, stream
        stream.close()
        path.unlink(missing_ok=True)


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


def make_folder(folder: Path, *, error: type[GantoolError]) -> None:
    """Make a folder and those above it, unless it is there; raise `error` where that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        kind = Code.DISK_FULL if failure.errno in FULL else Code.UNWRITABLE
        reason = f"folder {folder} cannot be made ({failure.strerror or failure})"
        raise error(reason, kind=kind) from failure


def refusal(target: Path, failure: OSError, error: type[GantoolError]) -> GantoolError:
    """Return what to raise where `target` could not be written."""
    if failure.errno in FULL:
        return error(f"no space left for {target}", kind=Code.DISK_FULL)
    if failure.errno == errno.ENOENT:
        return error(
            f"{target} cannot be written: its folder does not exist", "make it first", Code.UNWRITABLE
        )
    if failure.errno == errno.ENAMETOOLONG:
        return error(
            f"{target} cannot be written: its name is too long", "choose a shorter one", Code.UNWRITABLE
        )
    why = failure.strerror or str(failure)
    return error(f"{target} cannot be written ({why})", kind=Code.UNWRITABLE)
