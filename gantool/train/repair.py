"""When a run goes back to its last good checkpoint, and how it goes on from there. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gantool.errors import TrainError
from gantool.train.health import Finding
from gantool.train.settings import Settings

FACTOR = 0.5
"""What each roll-back multiplies both learning rates by."""


@dataclass(frozen=True)
class Condition:
    """What repair remembers of a run; equal on all processes and part of every checkpoint.

    `skipped` steps were not finite and did nothing; `skipped_in_a_row` and `diverging_in_a_row` (log
    windows) end at the step at hand. `rolled_back` counts the repairs.
    """

    rolled_back: int = 0
    skipped: int = 0
    skipped_in_a_row: int = 0
    diverging_in_a_row: int = 0

    @property
    def rate_scale(self) -> float:
        """Return the factor on both learning rates."""
        return FACTOR**self.rolled_back

    @property
    def good(self) -> bool:
        """Return whether a checkpoint of now is one to go back to."""
        return not self.skipped_in_a_row and not self.diverging_in_a_row

    def after_step(self, skipped: bool) -> Condition:
        """Return the condition one step later."""
        if not skipped:
            return replace(self, skipped_in_a_row=0)
        return replace(self, skipped=self.skipped + 1, skipped_in_a_row=self.skipped_in_a_row + 1)

    def after_window(self, diverging: bool) -> Condition:
        """Return the condition after a log window was judged."""
        return replace(self, diverging_in_a_row=self.diverging_in_a_row + 1 if diverging else 0)

    def after_repair(self) -> Condition:
        """Return the condition in which a run that was rolled back begins again."""
        return Condition(self.rolled_back + 1, self.skipped)

    def is_ill(self, settings: Settings) -> bool:
        """Return whether patience is at its end.

        Without repairs (`--repairs 0`) the signals only show lights; but steps that are never finite
        train nothing, and end the run all the same.
        """
        diverged = settings.repairs > 0 and self.diverging_in_a_row >= settings.patience
        return diverged or self.skipped_in_a_row >= settings.patience

    def reason(self, findings: Sequence[Finding]) -> str:
        """Return in a few words why the run is ill."""
        if self.skipped_in_a_row:
            return f"{self.skipped_in_a_row} steps in a row with a loss or gradient that is not finite"
        said = [finding.sentence for finding in findings if finding.diverging]
        return said[0] if said else "the run diverges"

    def may_repair(self, settings: Settings) -> bool:
        """Return whether a repair is left."""
        return self.rolled_back < settings.repairs

    def refusal(self, step: int, reason: str, settings: Settings) -> TrainError:
        """Return the error that ends a run for which no repair is left."""
        tried = f" after {self.rolled_back} repairs" if self.rolled_back else ""
        lower = f"--lr and --lr-d below {self.rate_scale:g} times these ({settings.lr:g}, {settings.lr_d:g})"
        return TrainError(f"diverged at step {step}{tried}: {reason}", f"begin a new run with {lower}")

    def facts(self) -> Mapping[str, int | float]:
        """Return what the card of a repaired run says, beside its recipe; empty where all went well."""
        facts: dict[str, int | float] = {}
        if self.skipped:
            facts["skipped_steps"] = self.skipped
        if self.rolled_back:
            facts |= {"rolled_back": self.rolled_back, "rate_scale": self.rate_scale}
        return facts
