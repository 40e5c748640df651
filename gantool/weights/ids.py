"""Ids of weights, such as `colorize-photo-compact`: file names without a suffix, never paths."""

from __future__ import annotations

import re

from gantool.errors import WeightError

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_FILE_SUFFIXES = (".safetensors", ".pth", ".pt", ".json")


def is_id(text: str) -> bool:
    """Return whether `text` can be an id."""
    return bool(_ID.fullmatch(text)) and ".." not in text and not text.endswith((*_FILE_SUFFIXES, "."))


def check_id(text: str) -> str:
    """Return `text`; WeightError unless it can be an id."""
    if not is_id(text):
        raise WeightError(
            f"{text!r} cannot be the id of a weight", "use letters, digits, hyphens and dots, no path"
        )
    return text
