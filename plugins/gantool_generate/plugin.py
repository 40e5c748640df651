"""The generate task, as the core finds it. Nothing here imports torch."""

from __future__ import annotations

from gantool.hookspecs import hookimpl
from gantool.task import AnyTask, Task


@hookimpl
def gantool_task() -> AnyTask:
    """Return the task."""
    return Task(name="generate", summary="Make images out of noise.")
