"""The run's health as it goes: a log window's figures, the row they make, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from gantool.train.checkpoint import Position
from gantool.train.feed import Feed
from gantool.train.game import GameSettings
from gantool.train.health import Window
from gantool.train.logs import HEALTH
from gantool.train.repair import Divergence, divergence_of
from gantool.train.rows import PACE
from gantool.train.signals import is_diverse, judge
from gantool.train.step import Rules

MEASURED = tuple(field.name for field in fields(Window) if field.default is None)
"""Names of the signals of a window."""
_OF_BOTH = frozenset({"grad_norm_g", "update_ratio_g", "spread_fake", "spread_real"})


def columns_of(rules: Rules, has_critic: bool) -> tuple[str, ...]:
    """Return the figures that a run's log lines can have, so that its header holds from the first line on."""
    losses = [name for name, term in rules.criteria.terms.items() if term.weight]
    if has_critic:
        losses += rules.contest.game.term_names
    signals = [HEALTH + name for name in MEASURED if has_critic or name in _OF_BOTH]
    return (*losses, *PACE, *signals, f"{HEALTH}skipped")


def row_of(window: Window, speed: float, rate: float, elapsed: float) -> Mapping[str, float]:
    """Return a window's figures as a log line has them; what was not measured is left out."""
    measured = {HEALTH + name: value for name in MEASURED if (value := getattr(window, name)) is not None}
    pace = dict(zip(PACE, (rate, speed, window.waiting, elapsed), strict=True))
    return {**window.losses, **pace, **measured, f"{HEALTH}skipped": float(window.skipped)}


def is_good(position: Position, game: GameSettings) -> bool:
    """Return whether nothing speaks against going back to a checkpoint of now.

    The window that is not yet full counts, too; and a generator that may lack modes is none to go
    back to, long before it is certain that it has collapsed.
    """
    findings = judge(position.history, game)
    if position.meter.steps:
        findings += judge(position.history.grown(position.meter.window()), game)
    return (
        position.condition.good
        and is_diverse(position.history)
        and divergence_of(findings) is Divergence.none
    )


class Pace:
    """Speed and waiting since the last log line, by the clock."""

    def __init__(self, position: Position, feed: Feed) -> None:
        self._feed = feed
        self.restart(position)

    def restart(self, position: Position) -> None:
        """Begin with a log window."""
        self._step, self._elapsed, self._waited = position.step, position.elapsed, self._feed.waited

    def close(self, position: Position) -> tuple[float, float]:
        """Return steps per second and the share of time spent waiting, and begin anew."""
        seconds = max(1e-9, position.elapsed - self._elapsed)
        speed = (position.step - self._step) / seconds
        waiting = (self._feed.waited - self._waited) / seconds
        self.restart(position)
        return speed, waiting
