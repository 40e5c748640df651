"""What `enhance` says: lines, JSON records, a progress bar on a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gantool.cli.printable import printable
from gantool.inference.outcome import Outcome, Size, Status
from gantool.inference.plan import Job
from gantool.inference.result import Progress, Report

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress as Bar

    from gantool.inference.runner import Link

_SHOWN = 5
"""How many former results are named: there may be thousands."""


def as_record(outcome: Outcome, device: str = "", links: Sequence[Link] = ()) -> dict[str, object]:
    """Return an outcome as JSON-ready values; `links` are the tasks every picture goes through."""
    report = outcome.report
    reports = outcome.reports or (None,) * len(links)
    return {
        "status": outcome.status.value,
        "source": str(outcome.job.source),
        "target": None if outcome.job.reason and not outcome.report else str(outcome.job.target),
        "reason": outcome.reason,
        "code": outcome.code or None,
        "source_size": _pair(outcome.source_size),
        "target_size": _pair(outcome.target_size),
        "seconds": round(outcome.seconds, 4),
        **_how(report),
        "notes": list(_notes(outcome)),
        "device": device or None,
        "weights": [weight.sha256 for link in links for weight in link.weights],
        "steps": [_step(link, each) for link, each in zip(links, reports, strict=True)],
    }


def _step(link: Link, report: Report | None) -> dict[str, object]:
    """Return what one task of the row did."""
    return {
        "task": link.step.task.name,
        **_how(report),
        "weights": [weight.sha256 for weight in link.weights],
    }


def _how(report: Report | None) -> dict[str, object]:
    return {
        "network_seconds": round(report.network_seconds, 4) if report else 0.0,
        "tile": report.tile if report else None,
        "precision": report.precision.value if report else None,
        "retries": _retries(report) if report else [],
        "found": (report.found or None) if report else None,
        "notes": list(report.notes) if report else [],
    }


def _retries(report: Report) -> list[dict[str, object]]:
    return [
        {
            "box": [retry.box.x, retry.box.y, retry.box.width, retry.box.height],
            "from": retry.failed.value,
            "to": retry.used.value,
            "reason": retry.reason,
        }
        for retry in report.retries
    ]


def _pair(size: Size | None) -> list[int] | None:
    return [size.width, size.height] if size else None


def as_line(outcome: Outcome) -> str:
    """Return an outcome for people."""
    job, name = outcome.job, outcome.source_name
    match outcome.status:
        case Status.FAILED:
            return f"failed: {outcome.reason} ({outcome.code})"
        case Status.SKIPPED:
            return f"skipped: {name}: {outcome.reason}"
        case Status.PLANNED:
            return f"{name} -> {job.target}"
    source, target = outcome.source_size, outcome.target_size
    sizes = (
        f"{source.width} x {source.height} -> {target.width} x {target.height}" if source and target else ""
    )
    found = f"  {outcome.report.found}" if outcome.report and outcome.report.found else ""
    return f"{name} -> {job.target}  {sizes}{found}  {outcome.seconds:.2f} s"


def notes_of(outcome: Outcome) -> list[str]:
    """Return what else is to be told of an outcome."""
    retries = outcome.report.retries if outcome.report else ()
    again = [f"{len(retries)} tiles computed again: {retries[0].reason}"] if retries else []
    return [f"{outcome.source_name}: {note}" for note in (*_notes(outcome), *again)]


def _notes(outcome: Outcome) -> tuple[str, ...]:
    return outcome.notes + (outcome.report.notes if outcome.report else ())


def summary(tally: Mapping[Status, int], left_out: int = 0) -> str:
    """Return the last line."""
    parts = [f"{tally[status]} {status.value}" for status in Status if tally.get(status)]
    if left_out:
        parts.append(f"{left_out} former result{'s' if left_out > 1 else ''} left out")
    return ", ".join(parts) or "nothing to do"


def left_out_line(former: Sequence[Path]) -> str:
    """Return what names the former results that were left out, the first of many, and how to get them."""
    shown = ", ".join(map(str, former[:_SHOWN]))
    more = f" and {len(former) - _SHOWN} more" if len(former) > _SHOWN else ""
    return f"left out as former results: {shown}{more}; one that is named by itself is enhanced"


class Voice:
    """Says outcomes as they come: to stdout, or to stderr where stdout carries a picture.

    With JSON, stdout carries one record per picture and nothing else. A bar is drawn on a terminal
    alone; lines then go above it.
    """

    def __init__(self, *, as_json: bool, piping: bool, total: int) -> None:
        self._json = as_json
        self._to_stderr = as_json or piping
        self._total = total
        self._bar: Bar | None = None
        self._settled = 0

    def __enter__(self) -> Voice:
        if sys.stderr.isatty():
            self._bar = _bar()
            self._bar.start()
            self._bar.add_task("", total=self._total)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def say(self, line: str, *, trouble: bool = False) -> None:
        """Say a line; trouble goes to stderr whatever happens."""
        line = printable(line)
        if self._bar is not None and (trouble or self._to_stderr or sys.stdout.isatty()):
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            typer.echo(line, err=trouble or self._to_stderr)

    def tell(self, outcome: Outcome, device: str = "", links: Sequence[Link] = ()) -> None:
        """Say an outcome."""
        if self._json:
            typer.echo(json.dumps(as_record(outcome, device, links)))
        if not self._json or outcome.status is Status.FAILED:
            self.say(as_line(outcome), trouble=outcome.status is Status.FAILED)
        for note in notes_of(outcome):
            self.say(f"note: {note}", trouble=True)

    def progress(self, job: Job) -> Progress:
        """Return what moves the bar while a job is computed."""
        begun, self._settled = self._settled, self._settled + 1
        return self._moving(begun, job)

    def _moving(self, begun: int, job: Job) -> Callable[[float], None]:
        name = printable(job.source.name)

        def move(share: float) -> None:
            if self._bar is not None:
                self._bar.update(self._bar.task_ids[0], completed=begun + share, description=name)

        return move


def _bar() -> Bar:
    """Return a bar on stderr with rate and remaining time."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar
    from rich.text import Text

    class Rate(ProgressColumn):
        """Pictures per minute."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.speed * 60:.1f}/min" if task.speed else "", style="progress.data.speed")

    name = TextColumn("{task.description}", markup=False)
    share = TextColumn("{task.percentage:>3.0f} %")
    return Bar(
        name,
        BarColumn(),
        share,
        MofNCompleteColumn(),
        Rate(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
