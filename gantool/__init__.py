"""gantool: enhance images with GANs from the command line and from Python; every task is a plugin.

`enhance`, `load`, `resume` and `train` are resolved when they are first used: importing gantool is light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gantool.api import enhance, load, resume, train
    from gantool.errors import GantoolError
    from gantool.inference.runner import Runner, Writing
    from gantool.train.session import TrainResult

__version__ = "0.1.0"

__all__ = [
    "GantoolError",
    "Runner",
    "TrainResult",
    "Writing",
    "__version__",
    "enhance",
    "load",
    "resume",
    "train",
]

_HOMES = {
    "GantoolError": "gantool.errors",
    "Runner": "gantool.inference.runner",
    "TrainResult": "gantool.train.session",
    "Writing": "gantool.inference.runner",
    "enhance": "gantool.api",
    "load": "gantool.api",
    "resume": "gantool.api",
}


def __getattr__(name: str) -> Any:
    if name == "train":
        return importlib.import_module("gantool.train")  # a package that can be called, see there
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
