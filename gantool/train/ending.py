"""How a run ends that does not end by itself."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from gantool.errors import Code, DeviceError, GantoolError
from gantool.inference.memory import is_out_of_memory
from gantool.train.events import Event, EventKind, append_event, read_events


def worded(problem: BaseException) -> BaseException:
    """Return `problem`, or what the project says of it where it is an allocator's."""
    if isinstance(problem, RuntimeError) and is_out_of_memory(problem):
        return DeviceError(
            "there is not enough memory to train this", "lower --batch or --patch in a new run", Code.MEMORY
        )
    return problem


def note_end(folder: Path, step: int, problem: BaseException) -> None:
    """Add to the events that the run has stopped, unless they say so; a failure here hides no other."""
    with suppress(OSError, GantoolError):
        events = read_events(folder)
        if not events or events[-1].kind is not EventKind.STOPPED:
            append_event(folder, Event(step, EventKind.STOPPED, _reason(worded(problem))))


def _reason(problem: BaseException) -> str:
    if isinstance(problem, KeyboardInterrupt):
        return "by an interruption"
    text = " ".join(str(problem).split())
    return text if isinstance(problem, GantoolError) else f"by {type(problem).__name__}: {text}"
