"""The inpaint task, as the core finds it. Nothing here imports torch."""

from __future__ import annotations

from gantool.hookspecs import hookimpl
from gantool.task import AnyTask, Task


@hookimpl
def gantool_task() -> AnyTask:
    """Return the task."""
    return Task(name="inpaint", summary="Fill holes, scratches and unwanted things in pictures.")
