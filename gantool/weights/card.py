"""The card: what a weight file says of itself, kept as JSON in the safetensors header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CARD_VERSION = 1


@dataclass(frozen=True)
class Measured:
    """A figure and the protocol that gave it."""

    metric: str
    value: float
    data: str
    protocol: str


@dataclass(frozen=True)
class Card:
    """Provenance and construction facts of one weight file.

    `architecture` and `config` rebuild the network; loading never guesses from tensor shapes.
    """

    id: str
    task: str
    architecture: str
    config: Mapping[str, int | float | str | bool]
    licence: str
    summary: str = ""
    recipe: Mapping[str, int | float | str | bool] = field(default_factory=dict)
    data: str = ""
    data_licence: str = ""
    commit: str = ""
    steps: int = 0
    hours: float = 0.0
    machine: str = ""
    date: str = ""
    parent: str = ""
    measured: tuple[Measured, ...] = ()
    notes: str = ""
    version: int = CARD_VERSION
