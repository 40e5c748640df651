"""When a run goes back to its last good checkpoint, and how it goes on from there. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from types import MappingProxyType

from gantool.errors import TrainError
from gantool.train.health import Finding, Signal
from gantool.train.settings import Settings

_NO_RATE = "a lower rate cannot help: look for a division by 0, or a root, norm or logarithm of 0"
FACTOR = 0.5
"""What each roll-back multiplies both learning rates by."""


class Divergence(IntEnum):
    """What the signals say of going on; a number, so that processes can agree on it."""

    none = 0
    collapse = 1
    other = 2


@dataclass(frozen=True)
class Scales:
    """Factors on both learning rates."""

    generator: float = 1.0
    discriminator: float = 1.0

    def __str__(self) -> str:
        """Return them in words."""
        return f"--lr times {self.generator:g} and --lr-d times {self.discriminator:g}"


@dataclass(frozen=True)
class Condition:
    """What repair remembers of a run; equal on all processes and part of every checkpoint.

    `skipped` steps were not finite and did nothing; `skipped_in_a_row` and `diverging_in_a_row` (log
    windows) end at the step at hand; `collapsing` says that the newest of those windows is a mode collapse.
    `rolled_back` counts the repairs, `collapses` those among them for mode collapse: there the generator
    was too fast for the discriminator, whose rate stays.
    """

    rolled_back: int = 0
    collapses: int = 0
    skipped: int = 0
    skipped_in_a_row: int = 0
    diverging_in_a_row: int = 0
    collapsing: bool = False

    @property
    def scales(self) -> Scales:
        """Return what repairs have left of the rates."""
        return Scales(FACTOR**self.rolled_back, FACTOR ** (self.rolled_back - self.collapses))

    @property
    def good(self) -> bool:
        """Return whether a checkpoint of now is one to go back to."""
        return not self.skipped_in_a_row and not self.diverging_in_a_row

    def after_step(self, skipped: bool) -> Condition:
        """Return the condition one step later."""
        if not skipped:
            return replace(self, skipped_in_a_row=0)
        return replace(self, skipped=self.skipped + 1, skipped_in_a_row=self.skipped_in_a_row + 1)

    def after_window(self, found: Divergence) -> Condition:
        """Return the condition after a log window was judged."""
        count = 0 if found is Divergence.none else self.diverging_in_a_row + 1
        return replace(self, diverging_in_a_row=count, collapsing=found is Divergence.collapse)

    def after_repair(self) -> Condition:
        """Return the condition in which a run that was rolled back begins again."""
        collapses = self.collapses + (self.collapsing and not self.skipped_in_a_row)
        return Condition(self.rolled_back + 1, collapses, self.skipped)

    def is_ill(self, settings: Settings) -> bool:
        """Return whether patience is at its end.

        Without repairs (`--repairs 0`) the signals only show lights; but steps that are never finite
        train nothing, and end the run all the same.
        """
        diverged = settings.repairs > 0 and self.diverging_in_a_row >= settings.patience
        return diverged or self.skipped_in_a_row >= settings.patience

    def reason(self, findings: Sequence[Finding], broken: Mapping[str, str] = MappingProxyType({})) -> str:
        """Return in a few words why the run is ill; `broken` are losses that were NaN or infinite."""
        if self.skipped_in_a_row:
            named = " and ".join(f"the loss {name} is {value}" for name, value in broken.items())
            said = f"in which {named}" if named else "with a loss or gradient that is not finite"
            return f"{self.skipped_in_a_row} steps in a row {said}"
        cause = _cause(findings)
        return cause.sentence if cause else "the run diverges"

    def may_repair(self, settings: Settings) -> bool:
        """Return whether a repair is left."""
        return self.rolled_back < settings.repairs

    def refusal(self, step: int, reason: str, settings: Settings, moved: bool = True) -> TrainError:
        """Return the error that ends a run for which no repair is left.

        Where nothing has `moved` since the run began, no rate has had any part in it.
        """
        tried = f" after {self.rolled_back} repairs" if self.rolled_back else ""
        if not moved:
            return TrainError(f"no step could be taken{tried}: {reason}", _NO_RATE)
        lr, lr_d = settings.lr * self.scales.generator, settings.lr_d * self.scales.discriminator
        message = f"diverged at step {step}{tried}: {reason}"
        return TrainError(message, f"begin a new run with --lr below {lr:.2g} and --lr-d below {lr_d:.2g}")

    def facts(self) -> Mapping[str, int | float]:
        """Return what the card of a repaired run says, beside its recipe; empty where all went well."""
        facts: dict[str, int | float] = {}
        if self.skipped:
            facts["skipped_steps"] = self.skipped
        if self.rolled_back:
            facts["rolled_back"] = self.rolled_back
            facts["lr_scale"], facts["lr_d_scale"] = self.scales.generator, self.scales.discriminator
        return facts


def divergence_of(findings: Sequence[Finding]) -> Divergence:
    """Return what a window's findings say of going on."""
    cause = _cause(findings)
    if cause is None:
        return Divergence.none
    return Divergence.collapse if cause.signal is Signal.diversity else Divergence.other


def _cause(findings: Sequence[Finding]) -> Finding | None:
    """Return what a roll-back is for; a collapse comes last, since it may follow from the others."""
    diverging = [finding for finding in findings if finding.diverging]
    return min(diverging, key=lambda finding: finding.signal is Signal.diversity, default=None)
