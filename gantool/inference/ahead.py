"""Decoding ahead, in threads, while the network runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from gantool.inference.limits import Limits
from gantool.inference.loading import Loaded, Loader
from gantool.inference.plan import Intent, Job


class Ahead:
    """Decodes the next pictures while memory allows, always at least one."""

    def __init__(self, jobs: Sequence[Job], readers: ThreadPoolExecutor, limits: Limits) -> None:
        self._coming = deque(job for job in jobs if job.intent is Intent.ENHANCE)
        self._begun: deque[Future[Loaded]] = deque()
        self._readers = readers
        self._limits = limits
        self._loader = Loader(limits.max_pixels)

    def take(self, job: Job) -> Loaded:
        """Return the pictures of the next job, which is `job`, and begin with those behind it."""
        self._fill(1)
        loading = self._begun.popleft()
        try:
            return loading.result()
        finally:
            self._fill(self._limits.threads)

    def leave(self, job: Job) -> None:
        """Pass over the next job, which is `job`."""
        if self._begun:
            self._begun.popleft().cancel()
        else:
            self._coming.popleft()

    def _fill(self, count: int) -> None:
        while self._coming and len(self._begun) < count and self._waiting() < self._limits.waiting:
            self._begun.append(self._readers.submit(self._loader.load, self._coming.popleft()))

    def _waiting(self) -> int:
        done = (future for future in self._begun if future.done() and future.exception() is None)
        return sum(future.result().bytes for future in done)
