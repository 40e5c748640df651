"""The picture that goes to stdout."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress

from gantool.atomic import FULL
from gantool.errors import Code, ImageError


def pipe_out(content: bytes) -> None:
    """Write a coded picture to stdout, whole.

    Raises:
        BrokenPipeError: Nobody reads it any more: that ends the command without a word.
        ImageError: It cannot be written, as where stdout is a file on a full disk.
    """
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        _forget()
        kind = Code.DISK_FULL if error.errno in FULL else Code.UNWRITABLE
        raise ImageError(f"stdout cannot be written ({error.strerror})", kind=kind) from error


def _forget() -> None:
    """Have what still waits for stdout go nowhere, or else it fails once more when the process ends."""
    with suppress(OSError):  # Where stdout is no file of the system's, nothing waits.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
