"""The health of a run: what its log windows measured, and lights with a sentence each. Torch-free."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import IntEnum, StrEnum
from statistics import median
from typing import Any

LENGTH = 16
"""Windows that are remembered."""
ENOUGH = 4
"""Earlier windows with a size below which nothing is compared with their median."""


class Light(IntEnum):
    """A traffic light; the larger the worse."""

    green = 0
    yellow = 1
    red = 2


class Signal(StrEnum):
    """What is watched; gantool/train/signals.py has the rules."""

    discriminator = "discriminator"
    logits = "logits"
    gradients = "gradients"
    updates = "updates"
    diversity = "diversity"
    losses = "losses"
    oscillation = "oscillation"
    skipped = "skipped"
    waiting = "waiting"


@dataclass(frozen=True)
class Finding:
    """One signal's light and what to do about it; `diverging` means that going on is of no use."""

    light: Light
    signal: Signal
    sentence: str = ""
    diverging: bool = False


@dataclass(frozen=True)
class Window:
    """Means over the steps of one log window; None is what was not measured.

    `losses` are weighted. Accuracies and `waiting` (the share of time spent waiting for data) are in [0, 1],
    `rate` is the schedule's factor on the peak rate. Update ratios are norms of an update over norms of
    the weights; spreads are the within-batch standard deviation of made and of real pictures.
    """

    steps: int
    skipped: int = 0
    waiting: float = 0.0
    rate: float = 1.0
    losses: Mapping[str, float] = field(default_factory=dict)
    logits_real: float | None = None
    logits_fake: float | None = None
    accuracy_real: float | None = None
    accuracy_fake: float | None = None
    grad_norm_g: float | None = None
    grad_norm_d: float | None = None
    update_ratio_g: float | None = None
    update_ratio_d: float | None = None
    spread_fake: float | None = None
    spread_real: float | None = None

    @property
    def diversity(self) -> float | None:
        """Return the spread of made pictures over that of real ones."""
        if self.spread_fake is None or not self.spread_real:
            return None
        return self.spread_fake / self.spread_real

    @property
    def gap(self) -> float | None:
        """Return how far apart the discriminator holds real and made pictures."""
        if self.logits_real is None or self.logits_fake is None:
            return None
        return self.logits_real - self.logits_fake


Read = Callable[[Window], float | None]


@dataclass(frozen=True)
class History:
    """The last windows, oldest first."""

    windows: tuple[Window, ...] = ()

    def grown(self, window: Window) -> History:
        """Return the history with one more window, without those that are too old."""
        return History((*self.windows, window)[-LENGTH:])

    def values(self, read: Read) -> list[float]:
        """Return a figure over the windows that have it, finite values only."""
        found = (read(window) for window in self.windows)
        return [value for value in found if value is not None and math.isfinite(value)]

    def latest(self, read: Read) -> float | None:
        """Return a figure of the newest window."""
        value = read(self.windows[-1]) if self.windows else None
        return value if value is not None and math.isfinite(value) else None

    def held(self, read: Read, rule: Callable[[float], bool]) -> int:
        """Return for how many windows, up to the newest, a figure has obeyed a rule without a break."""
        count = 0
        for window in reversed(self.windows):
            value = read(window)
            if value is None or not rule(value):
                break
            count += 1
        return count

    def times_median(self, read: Read) -> float | None:
        """Return the newest figure's size over the median size of those before, where there are enough.

        Windows of exactly 0 have no size: what is mostly 0, as the loss `weave` is, is compared with what it
        was when it was not.
        """
        value = self.latest(read)
        before = [abs(one) for one in History(self.windows[:-1]).values(read) if one]
        if value is None or len(before) < ENOUGH:
            return None
        return abs(value) / max(median(before), 1e-30)

    def state(self) -> list[dict[str, Any]]:
        """Return the windows as plain values, for a checkpoint."""
        return [asdict(window) for window in self.windows]

    @classmethod
    def from_state(cls, state: list[dict[str, Any]]) -> History:
        """Return the history that `state` gave."""
        return cls(tuple(Window(**window) for window in state))
