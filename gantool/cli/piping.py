"""What goes to stdout, and what is said where it cannot. Light: main imports it."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path

from gantool.errors import Code, ImageError

_WRITERS = ("typer", "rich")
"""The libraries that write our lines, and touch no other file."""


def fill_closed() -> None:
    """Open the null device for what the process was started without (`2>&-`, no console on Windows).

    Python has None there, and the number would go to the next file that is opened, and into that file what
    libraries say.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open(mode, encoding="utf-8", errors="backslashreplace")  # noqa: SIM115
            setattr(sys, name, stream)


def was_closed() -> bool:
    """Return whether `fill_closed` opened stdout; it is called otherwise where a shell sent it nowhere."""
    return getattr(sys.stdout, "name", None) == os.devnull


def refused_line(failure: OSError) -> ImageError | None:
    """Return what to say of a failure if it was met while a line was written; None for any other one."""
    trace = failure.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = str(trace.tb_frame.f_globals.get("__name__")) if trace is not None else ""
    if module.partition(".")[0] not in _WRITERS:
        return None
    _forget()
    return _refusal(failure)


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
        raise _refusal(error) from error


def _refusal(error: OSError) -> ImageError:
    from gantool.atomic import FULL

    kind = Code.DISK_FULL if error.errno in FULL else Code.UNWRITABLE
    return ImageError(f"stdout cannot be written ({error.strerror})", kind=kind)


def _forget() -> None:
    """Have what still waits for stdout go nowhere, or else it fails once more when the process ends."""
    with suppress(OSError):  # Where stdout is no file of the system's, nothing waits.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
