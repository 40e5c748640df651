"""What became of one input. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import reduce

from gantool.images.formats import ImageFormat
from gantool.inference.plan import Intent, Job
from gantool.inference.result import Report
from gantool.inference.sources import STREAM


class Status(StrEnum):
    """How an input ended."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    PLANNED = "planned"


@dataclass(frozen=True)
class Size:
    """Pixels."""

    width: int
    height: int


@dataclass(frozen=True)
class Outcome:
    """One input's end. `seconds` count from the start of the network's work to the file on the disk.

    `reports` has one for each task in the row, `notes` what else is to be told. `code` is the number of the
    failure. `piped` holds the encoded result where it goes to stdout.
    """

    job: Job
    status: Status
    reason: str = ""
    code: str = ""
    source_size: Size | None = None
    target_size: Size | None = None
    seconds: float = 0.0
    format: ImageFormat | None = None
    reports: tuple[Report, ...] = ()
    notes: tuple[str, ...] = ()
    piped: bytes | None = None

    @property
    def report(self) -> Report | None:
        """How it went, all tasks in one; None where nothing was computed."""
        return reduce(Report.joined, self.reports) if self.reports else None

    @property
    def source_name(self) -> str:
        """The source for people and records."""
        return "stdin" if self.job.source == STREAM else str(self.job.source)


def without_work(job: Job) -> Outcome:
    """Return the outcome of a job that planning decided: skipped, failed, or no more than planned."""
    status = {Intent.SKIP: Status.SKIPPED, Intent.FAIL: Status.FAILED, Intent.ENHANCE: Status.PLANNED}
    return Outcome(job, status[job.intent], job.reason, job.code, format=job.format)
