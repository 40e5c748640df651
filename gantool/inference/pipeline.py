"""Decoding ahead and encoding behind, in threads, while the network runs.

Pillow and the codecs release the interpreter's lock, so that threads are enough.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

from gantool.atomic import sweep
from gantool.errors import Code, GantoolError, ImageError, LostDeviceError
from gantool.images import Decoded, ImageFormat, with_pixels, xmp
from gantool.images.losses import losses
from gantool.inference.ahead import Ahead
from gantool.inference.engine import Engine
from gantool.inference.limits import Limits
from gantool.inference.memory import is_lost_device
from gantool.inference.outcome import Outcome, Size, Status, without_work
from gantool.inference.picture import Layers, enhance_in_row
from gantool.inference.plan import Intent, Job
from gantool.inference.reducing import within
from gantool.inference.result import Progress, no_progress
from gantool.inference.saving import Saving, check_fits, check_memory, format_for
from gantool.inference.sources import STREAM
from gantool.paths import exists

Look = Callable[[Outcome, Decoded, Decoded], None]
"""Called once a result is written, with both pictures, in a writer's thread; several at once."""


def run(
    jobs: Sequence[Job],
    engines: Sequence[Engine],
    saving: Saving,
    limits: Limits,
    progress: Callable[[Job], Progress] = lambda job: no_progress,
    look: Look | None = None,
) -> Iterator[Outcome]:
    """Yield what became of each job, in the order of `jobs`; each picture goes through all the engines.

    Expected failures end one job and no more. On an interrupt, a device that failed, or a bug (which names
    the picture it met) nothing further is read or computed; results that are ready are written (each is
    renamed into place whole), their outcomes are yielded, and then the exception goes on.
    """
    for folder in {job.target.parent for job in jobs if job.intent is Intent.ENHANCE and not job.to_stdout}:
        sweep(folder)
    with (
        ThreadPoolExecutor(limits.threads, "decode") as readers,
        ThreadPoolExecutor(limits.threads, "encode") as writers,
    ):
        ahead = Ahead(jobs, readers, limits)
        behind = _Behind(writers, saving, limits, look)
        try:
            for job in jobs:
                behind.add(job, _computed(job, ahead, engines, saving, progress(job)))
                yield from behind.finished()
            yield from behind.all()
        except GeneratorExit:
            raise
        except BaseException:
            yield from behind.all()
            raise
        finally:
            readers.shutdown(wait=False, cancel_futures=True)
            writers.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class _Computed:
    """A result on its way to the disk, or an outcome that is settled already."""

    outcome: Outcome
    source: Decoded | None = None
    picture: Decoded | None = None
    began: float = 0.0

    @property
    def bytes(self) -> int:
        return _bytes_of(self.source) + _bytes_of(self.picture)


def _bytes_of(picture: Decoded | None) -> int:
    if picture is None:
        return 0
    return int(picture.pixels.nbytes) + (0 if picture.alpha is None else int(picture.alpha.nbytes))


def _computed(
    job: Job, ahead: Ahead, engines: Sequence[Engine], saving: Saving, progress: Progress
) -> _Computed:
    if job.intent is not Intent.ENHANCE:
        return _Computed(without_work(job))
    scale = math.prod(engine.enhancer.geometry.scale for engine in engines)
    if _is_taken(job):
        ahead.leave(job)
        return _Computed(_appeared(Outcome(job, Status.DONE)))
    try:
        loaded = ahead.take(job)
        began = time.perf_counter()
        check_fits(job, loaded.picture, scale, saving.longest)
        check_memory(job, loaded.picture, scale)
        given = loaded.picture
        whole = Layers(given.pixels, given.alpha)
        layers, reports = enhance_in_row(engines, whole, loaded.extras, progress, job.candidate)
        layers = within(layers, saving.longest)
    except GantoolError as error:
        return _Computed(_failed(Outcome(job, Status.FAILED), error))
    except MemoryError:
        return _Computed(_failed(Outcome(job, Status.FAILED), _NO_MEMORY))
    except Exception as bug:
        if isinstance(bug, RuntimeError) and is_lost_device(bug):
            raise _lost(job, bug) from bug
        bug.add_note(f"while gantool was at {job.source}")
        raise
    format, made = format_for(job, given), with_pixels(given, layers.pixels, layers.alpha)
    outcome = Outcome(
        job,
        Status.DONE,
        source_size=Size(given.width, given.height),
        target_size=Size(layers.width, layers.height),
        format=format,
        reports=reports,
        notes=(*_left_out(given), *losses(made, format, strip_metadata=saving.strip_metadata)),
    )
    return _Computed(outcome, given, made, began)


def _left_out(given: Decoded) -> tuple[str, ...]:
    """Return what is to be said of a picture that is one of several, has more than was read, or appended."""
    words = {
        ImageFormat.JPEG: "pictures; the first was taken",
        ImageFormat.TIFF: "pages; the first was taken",
        ImageFormat.HEIF: "pictures; the main one was taken",
    }
    told = words.get(given.format, "frames; the first was taken")
    several = (f"it has {given.frames} {told}",) if given.frames > 1 else ()
    appended = (f"its {what} was left out" for what in xmp.appended(given.metadata.xmp))
    return (*several, *given.metadata.unread, *appended)


_NO_MEMORY = ImageError(
    "there is too little memory for it", "close other programs, or cut the picture", Code.MEMORY
)


def _is_taken(job: Job) -> bool:
    """Tell whether a result that is not to be replaced has appeared since it was planned."""
    return not (job.to_stdout or job.overwrite) and exists(job.target)


def _appeared(outcome: Outcome) -> Outcome:
    reason = f"{outcome.job.target} has appeared meanwhile; --overwrite makes it anew"
    return Outcome(outcome.job, Status.SKIPPED, reason, format=outcome.format)


def _lost(job: Job, failure: RuntimeError) -> LostDeviceError:
    return LostDeviceError(
        f"the device failed at {job.source}: {str(failure).strip().splitlines()[0]}",
        "call it again, perhaps with --device cpu: what is done is skipped",
    )


def _failed(outcome: Outcome, error: GantoolError) -> Outcome:
    return replace(outcome, status=Status.FAILED, reason=_said_of(outcome.job, error), code=error.code)


def _said_of(job: Job, error: GantoolError) -> str:
    """Return the error's line, with the source's name where it lacks it."""
    if job.source == STREAM:
        return str(error)
    return str(error) if str(job.source) in str(error) else f"{job.source}: {error}"


class _Behind:
    """Encodes results in their order; waits where too much would stand in memory."""

    def __init__(
        self, writers: ThreadPoolExecutor, saving: Saving, limits: Limits, look: Look | None
    ) -> None:
        self._writers = writers
        self._look = look
        self._saving = saving
        self._limits = limits
        self._begun: deque[tuple[Future[Outcome], int]] = deque()

    def add(self, job: Job, computed: _Computed) -> None:
        """Begin to write a result."""
        if self._look is None:
            computed = replace(computed, source=None)  # Nobody needs it any more: it waits for no encoder.
        writing = self._writers.submit(_written, job, computed, self._saving, self._look)
        self._begun.append((writing, computed.bytes))

    def finished(self) -> Iterator[Outcome]:
        """Yield the outcomes that are due: those written, and as many more as memory asks to wait for."""
        while self._begun and (self._begun[0][0].done() or self._is_full()):
            yield self._begun.popleft()[0].result()

    def all(self) -> Iterator[Outcome]:
        """Wait for the outcomes left, and yield them."""
        while self._begun:
            yield self._begun.popleft()[0].result()

    def _is_full(self) -> bool:
        held = sum(size for future, size in self._begun if not future.done())
        return held > self._limits.waiting or len(self._begun) > 4 * self._limits.threads


def _written(job: Job, computed: _Computed, saving: Saving, look: Look | None) -> Outcome:
    if computed.picture is None:
        return computed.outcome
    try:
        piped = saving.save(job, computed.picture)
        outcome = replace(computed.outcome, seconds=time.perf_counter() - computed.began, piped=piped)
    except FileExistsError:
        return _appeared(computed.outcome)
    except GantoolError as error:
        return _failed(computed.outcome, error)
    except MemoryError:
        return _failed(computed.outcome, _NO_MEMORY)
    except Exception as bug:
        bug.add_note(f"while gantool was at {job.source}")
        raise
    return outcome if look is None else _shown(outcome, computed, look)


def _shown(outcome: Outcome, computed: _Computed, look: Look) -> Outcome:
    """Show a written result; where that fails, it stands all the same, and a note tells."""
    if computed.source is None or computed.picture is None:
        return outcome
    try:
        look(outcome, computed.source, computed.picture)
    except Exception as error:
        why = str(error) or type(error).__name__
        return replace(outcome, notes=(*outcome.notes, f"the report cannot show it ({why})"))
    return outcome
