"""What running a network on one picture gave, and how it went. Torch-free."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gantool.inference.backend import TORCH, Backend
from gantool.inference.precision import Precision
from gantool.task import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

AUTO_TILE = -1
"""The tile setting that leaves the size to the engine; 0 means one piece."""
MAX_PIXELS = 250_000_000
"""Width times height of the largest input that is read unless more is allowed."""


@dataclass(frozen=True)
class Settings:
    """How to run a network: device and tile as on the command line. `tile` is a side without its halo.

    `tta` is how many views of each tile the result is the mean of: 1, 2, 4 or 8.
    """

    device: str = "auto"
    precision: Precision = Precision.AUTO
    tile: int = AUTO_TILE
    backend: Backend = TORCH
    tta: int = 1


@dataclass(frozen=True)
class Retry:
    """A tile that was computed again at a higher precision; `box` is its core in input pixels."""

    box: Box
    failed: Precision
    used: Precision
    reason: str


@dataclass(frozen=True)
class Report:
    """How it went: the tile size at the end (0: one piece), what had to be tried again, what to tell.

    `found` is what the network found out about the picture, in words.
    """

    tile: int
    precision: Precision
    retries: tuple[Retry, ...] = ()
    notes: tuple[str, ...] = ()
    network_seconds: float = 0.0
    found: str = ""

    def joined(self, other: Report) -> Report:
        """Return one report for two runs that make up one picture."""
        return Report(
            tile=self.tile,
            precision=self.precision,
            retries=self.retries + other.retries,
            notes=tuple(dict.fromkeys(self.notes + other.notes)),
            network_seconds=self.network_seconds + other.network_seconds,
            found="; ".join(dict.fromkeys(text for text in (self.found, other.found) if text)),
        )


@dataclass(frozen=True)
class Result:
    """The output, (H, W, C) of the type asked for, how it went, and where the output is opaque, (H, W).

    `opaque` is None where nothing was said of it: then alpha stays what it was.
    """

    pixels: NDArray[Any]
    report: Report
    opaque: NDArray[Any] | None = None


Progress = Callable[[float], None]
"""Called with the share of the picture that is done, 0 to 1."""


def no_progress(share: float) -> None:
    """Tell nobody."""


def part_of(progress: Progress, index: int, parts: int) -> Progress:
    """Return the progress of one of several equal parts."""
    return lambda share: progress((index + share) / parts)
