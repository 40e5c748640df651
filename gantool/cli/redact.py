"""Taking out of a text what says whose machine it is from."""

from __future__ import annotations

import getpass
import platform
import re
from pathlib import Path

_SHORTEST = 3
"""Letters: a shorter name would be found in every other word, and says little."""


def redact(text: str) -> str:
    """Return the text with the home folder as `~`, and the names of user and machine as USER and HOST."""
    homes = {str(Path.home()), str(Path.home().resolve())}
    for home in sorted(homes, key=len, reverse=True):
        if len(home) >= _SHORTEST:
            text = text.replace(home, "~").replace(home.replace("\\", "\\\\"), "~")
    for name, word in ((_user(), "USER"), (platform.node(), "HOST")):
        if len(name) >= _SHORTEST:
            text = re.sub(
                rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", word, text, flags=re.IGNORECASE
            )
    return text


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user without an entry in the system's list
        return ""
