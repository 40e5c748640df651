"""Training; and, called, `gantool.api.train`."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gantool.train.session import TrainResult


class _Training(ModuleType):
    """Makes `gantool.train(...)` work: the package takes that name whenever a part of it is imported."""

    def __call__(self, task: str, **options: Any) -> TrainResult:
        """Train a task; see `gantool.api.train`."""
        from gantool.api import train

        return train(task, **options)


sys.modules[__name__].__class__ = _Training
