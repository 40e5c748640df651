"""What the fixture `gantool_command` is, for annotations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]
"""Takes the arguments of `gantool` as strings."""
