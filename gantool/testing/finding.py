"""What the kit looks at, and how it says what is broken. Torch-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Check(StrEnum):
    """What is looked at, in this order."""

    OPTIONS = "options"
    HELP = "help"
    KNOWN_WEIGHTS = "known weights"
    SMALLEST_SIDE = "smallest side"
    BATCH = "batch"
    LOSSES = "losses"
    STEP = "training step"
    TRAINING_REPEATS = "training repeats"
    VALIDATION = "validation"
    CARD = "card"
    START = "start from a weight"
    ROUND_TRIP = "weight file"
    MISFIT = "weights that do not fit"
    GEOMETRY = "geometry"
    TILES = "tiles"
    VIEWS = "views"
    OUTPUT_REPEATS = "output repeats"
    GRAPH = "graph"
    EVALUATE = "evaluate"
    SAMPLE = "sample"


@dataclass(frozen=True)
class Finding:
    """A break of the contract: where it was found, and a sentence that says what to mend."""

    check: Check
    sentence: str

    def __str__(self) -> str:
        """Return both in a line."""
        return f"{self.check}: {self.sentence}"


class ContractError(AssertionError):
    """A task does not keep the contract; the message has a line for each finding."""

    def __init__(self, task: str, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        lines = "".join(f"\n- {finding}" for finding in findings)
        super().__init__(f"task {task!r} does not keep gantool's contract:{lines}")
