"""Names of files, which may hold anything but a slash, in lines on a terminal. Light: main imports it."""

from __future__ import annotations

import io
import re
import sys

# Control characters end lines and command terminals; the others turn the reading direction of what follows.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(line: str) -> str:
    """Return the line with what would break it, command the terminal or mislead its reader written out."""
    return _UNPRINTABLE.sub(lambda match: ascii(match[0])[1:-1], line)


def survive_odd_names() -> None:
    """Have stdout write out what its encoding lacks, such as names that are not UTF-8, instead of failing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
