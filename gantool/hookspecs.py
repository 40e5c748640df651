"""The one hook. A plugin module implements it and is named in the entry-point group `gantool`.

[project.entry-points.gantool]
colorize = "gantool_colorize.plugin"
"""

from __future__ import annotations

from typing import Any

import pluggy

from gantool.task import Task

PROJECT = "gantool"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec(firstresult=True)
def gantool_task() -> Task[Any, Any, Any, Any]:
    """Return the plugin's task. `Task.name` equals the entry-point's name; nothing heavy is imported here."""
    raise NotImplementedError
