"""Expected failures: each is one line that names the thing and the remedy, with an exit code.

Anything that is not a `GantoolError` is a bug and keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


class GantoolError(Exception):
    """An expected failure. `message` names the thing, `remedy` says what to do about it."""

    exit_code = EXIT_FAILED

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        """Return message and remedy as one line."""
        text = f"{self.message}; {self.remedy}" if self.remedy else self.message
        return " ".join(text.split())


class UsageError(GantoolError):
    """The command cannot mean anything: a wrong option, task or combination."""

    exit_code = EXIT_USAGE


class PluginError(GantoolError):
    """A plugin does not load, or does not keep the contract."""


class ImageError(GantoolError):
    """A picture that cannot be read or written."""


class WeightError(GantoolError):
    """A weight file that is missing, damaged, or made for something else."""


class TrainError(GantoolError):
    """A training set, recipe or run folder that cannot be used."""


class DeviceError(GantoolError):
    """A device that is not there, or has no memory left."""


class LostDeviceError(DeviceError):
    """A device that failed while it computed: nothing more can be computed on it by this process."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `did you mean X?`, or the list of known words when none is close."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"known: {', '.join(names)}" if names else "none is known"
