"""A full disk is waited for, not died of: what is on it already stays whole."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable

from gantool.errors import GantoolError

FULL = (errno.ENOSPC, errno.EDQUOT)
PAUSE = 5.0
"""Seconds between two attempts."""


def patiently(
    action: Callable[[], object], tell: Callable[[str], None], interrupted: Callable[[], bool]
) -> bool:
    """Do `action`, again and again while the disk is full; return False if interrupted before it was done.

    Any other failure is raised.
    """
    told = False
    while True:
        try:
            action()
            return True
        except (OSError, GantoolError) as problem:
            if not _is_full(problem):
                raise
            if not told:
                tell(f"{problem}; the run waits for space, Ctrl-C ends it at its last whole checkpoint")
                told = True
        until = time.monotonic() + PAUSE
        while time.monotonic() < until:
            if interrupted():
                return False
            time.sleep(0.05)


def _is_full(problem: BaseException) -> bool:
    cause = problem if isinstance(problem, OSError) else problem.__cause__
    return isinstance(cause, OSError) and cause.errno in FULL
