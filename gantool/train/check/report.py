"""What was found out about a training set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path


class Fault(StrEnum):
    """What can be wrong with a picture of a set."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    UNPAIRED = "unpaired"
    UNEQUAL = "unequal pair"
    LEAK = "leak"
    TOO_SMALL = "too small"
    DUPLICATE = "duplicate"
    COLOUR = "colour"

    @property
    def fails(self) -> bool:
        """Whether the set must be mended; the others are warnings."""
        return self in (Fault.MISSING, Fault.UNREADABLE, Fault.UNPAIRED, Fault.UNEQUAL, Fault.LEAK)

    @property
    def meaning(self) -> str:
        """What follows from it, in a few words."""
        return _MEANINGS[self]


_MEANINGS = {
    Fault.MISSING: "listed, but not there: training does not start",
    Fault.UNREADABLE: "skipped in training; over 5 % of them stop it",
    Fault.UNPAIRED: "the other side is missing: training does not start",
    Fault.UNEQUAL: "both sides must show the same piece: training does not start",
    Fault.LEAK: "also a test picture: the figures measured on it would be too good",
    Fault.TOO_SMALL: "left out in training",
    Fault.DUPLICATE: "learned more often than others",
    Fault.COLOUR: "read as 8-bit RGB, whatever alpha and profile say",
}


@dataclass(frozen=True)
class Finding:
    """One fault of one picture; `detail` says what was met."""

    fault: Fault
    picture: str
    detail: str


@dataclass(frozen=True)
class Report:
    """All findings, by fault and then by picture; `usable` pictures are readable and large enough."""

    data: Path
    against: Path | None
    pictures: int
    usable: int
    smallest_side: int
    findings: tuple[Finding, ...]

    @cached_property
    def counts(self) -> Mapping[Fault, int]:
        """How many findings there are of each fault, those without any left out."""
        found = Counter(finding.fault for finding in self.findings)
        return {fault: found[fault] for fault in Fault if found[fault]}

    @property
    def fails(self) -> bool:
        """Whether something must be mended."""
        return not self.usable or any(fault.fails for fault in self.counts)
