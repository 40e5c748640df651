"""Sums of a log window's figures, kept on the device; they become floats only when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from gantool.train.health import Window
from gantool.train.step import StepReport


class Meter:
    """Means over the steps since the last log line; part of a checkpoint, so that they resume exactly.

    A figure's mean is over the steps that had it: penalties are lazy, and spreads are seldom looked at.
    Skipped steps count, but their figures do not. `broken` are the losses that were not finite since the
    last step that was taken, and what they were instead: over log lines, since such steps end a run.
    """

    def __init__(self) -> None:
        self.broken: dict[str, str] = {}
        self._clear()

    def add(self, report: StepReport) -> None:
        """Take one step's report."""
        self.steps += 1
        if report.skipped:
            self._skipped += 1
            self.broken |= _broken(report.terms)
            return
        self.broken = {}
        self._losses.add(report.terms)
        self._signals.add(report.signals)

    def window(self, waiting: float = 0.0, rate: float = 1.0) -> Window:
        """Return what was measured so far."""
        signals = self._signals.means()
        return Window(self.steps, self._skipped, waiting, rate, self._losses.means(), **signals)

    def close(self, waiting: float, rate: float) -> Window:
        """Return what was measured, and begin anew."""
        window = self.window(waiting, rate)
        self._clear()
        return window

    def state(self) -> dict[str, Any]:
        """Return the sums, for a checkpoint."""
        return {
            "steps": self.steps,
            "skipped": self._skipped,
            "broken": self.broken,
            "losses": self._losses.state(),
            "signals": self._signals.state(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned; older checkpoints do not name what broke."""
        self._clear()
        self.broken = dict(state.get("broken", {}))
        self.steps, self._skipped = state["steps"], state["skipped"]
        self._losses.load(state["losses"])
        self._signals.load(state["signals"])

    def _clear(self) -> None:
        self.steps, self._skipped = 0, 0
        self._losses, self._signals = _Sums(), _Sums()


def _broken(terms: Mapping[str, Tensor]) -> dict[str, str]:
    return {
        name: "NaN" if bool(torch.isnan(value)) else "infinite"
        for name, value in terms.items()
        if not bool(torch.isfinite(value))
    }


class _Sums:
    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._counts: dict[str, int] = {}

    def add(self, figures: Mapping[str, Tensor]) -> None:
        for name, value in figures.items():
            value = value.detach().float()
            before = self._sums.get(name)
            self._sums[name] = value.clone() if before is None else before.to(value.device) + value
            self._counts[name] = self._counts.get(name, 0) + 1

    def means(self) -> dict[str, float]:
        return {name: float(total) / self._counts[name] for name, total in self._sums.items()}

    def state(self) -> dict[str, Any]:
        return {"sums": self._sums, "counts": self._counts}

    def load(self, state: Mapping[str, Any]) -> None:
        self._sums, self._counts = dict(state["sums"]), dict(state["counts"])
