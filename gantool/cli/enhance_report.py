"""What `enhance --report` gathers while pictures finish, and its page. Torch-free to import."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gantool.cli.report_file import report_place
from gantool.inference.outcome import Outcome
from gantool.inference.plan import Intent, Plan

if TYPE_CHECKING:
    from gantool.images import Decoded
    from gantool.inference.engine import Engine
    from gantool.inference.pipeline import Look
    from gantool.inference.plan import Job
    from gantool.report.gallery import Stage
    from gantool.report.preview import Preview
    from gantool.task import LoadedWeight


class ReportBook:
    """The page of one call of `enhance`; without a path nothing is gathered and nothing is written.

    Previews are made as pictures finish, in the threads that write results, so that no picture is kept.
    """

    def __init__(self, path: Path | None, overwrite: bool, planned: Plan) -> None:
        """Settle where the page goes: behind the one of an interrupted call, which this one goes on with.

        Raises:
            UsageError: it is no `.html` file, or its folder does not exist.
        """
        self._path = None if path is None else report_place(path, overwrite=overwrite, numbered=True)
        self._count = sum(job.intent is Intent.ENHANCE for job in planned.jobs)
        self._lock = threading.Lock()
        self._previews: dict[Job, Preview] = {}
        self._outcomes: list[Outcome] = []
        self._stages: list[Stage] = []
        self._engine: Engine | None = None
        self._began = time.perf_counter()

    @property
    def look(self) -> Look | None:
        """What the pipeline shows its pictures to; None where no page is wanted."""
        return None if self._path is None else self._look

    def use(self, engine: Engine) -> None:
        """Note what computes."""
        self._engine = engine

    def stage(self, task: str, options: Any, weights: Sequence[LoadedWeight]) -> None:
        """Note a task that every picture goes through, its options, and the weights used."""
        if self._path is not None:
            from gantool.cli.report_facts import stage_of

            self._stages.append(stage_of(task, options, weights))

    def add(self, outcome: Outcome) -> None:
        """Note what became of a picture."""
        if self._path is not None:
            self._outcomes.append(outcome)

    def write(self, say: Callable[[str], None]) -> None:
        """Write the page, atomically, and say where it is."""
        if self._path is None:
            return
        from gantool.atomic import write_atomic
        from gantool.cli.enhance_page import enhance_report
        from gantool.errors import ImageError
        from gantool.report.gallery import page_of

        took = time.perf_counter() - self._began
        report = enhance_report(self._outcomes, self._previews, self._stages, self._engine, took)
        write_atomic(self._path, page_of(report).encode(errors="backslashreplace"), error=ImageError)
        say(f"report: {self._path}")

    def _look(self, outcome: Outcome, before: Decoded, after: Decoded) -> None:
        from gantool.report.preview import SHOWN, budget_for, preview

        with self._lock:
            full = len(self._previews) >= SHOWN
        if not full:
            made = preview(before, after, budget_for(self._count))
            with self._lock:
                self._previews[outcome.job] = made
