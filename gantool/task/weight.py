"""What the contract says of weights: those a plugin publishes, and one in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from gantool.weights.card import Card


@dataclass(frozen=True)
class KnownWeight:
    """A weight a plugin's author publishes. `path` is a file inside the plugin's package, if shipped."""

    id: str
    summary: str
    licence: str
    path: str = ""
    url: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class LoadedWeight:
    """A weight file in memory: what it is, its tensors, and where they came from."""

    id: str
    card: Card
    tensors: Mapping[str, Tensor]
    sha256: str
    path: Path
