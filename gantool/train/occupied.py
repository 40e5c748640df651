"""A run folder is one process's at a time. Torch-free."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from gantool.atomic import is_free
from gantool.errors import TrainError

LOCK_FILE = ".lock"


@contextmanager
def occupied(folder: Path) -> Iterator[None]:
    """Hold a run folder against other runs; those who only read it need not ask.

    The lock ends with the process, however it ends: a file that a kill left behind holds nobody up.

    Raises:
        TrainError: another process holds it.
    """
    path = folder / LOCK_FILE
    stream = _taken(path)
    if stream is None:
        yield
        return
    with stream:
        try:
            yield
        finally:
            with suppress(OSError):
                path.unlink()  # while it is held


def _taken(path: Path) -> BinaryIO | None:
    while stream := _opened(path):
        if not is_free(stream):
            stream.close()
            raise TrainError(
                f"a run is going on in {path.parent}", "wait for its end, stop it, or choose another --run"
            )
        if _is(stream, path):
            return stream
        stream.close()  # its last holder has removed it in the meantime
    return None


def _opened(path: Path) -> BinaryIO | None:
    if sys.platform == "win32":  # no locks there, and an open file could not be removed
        return None
    try:
        return path.open("ab")
    except OSError:  # what hinders here hinders the run, too, which has better words for it
        return None


def _is(stream: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except FileNotFoundError:
        return False
