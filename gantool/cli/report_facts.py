"""What the pages of `enhance` and `evaluate` both tell: weights, options, where it ran."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gantool import __version__
from gantool.report.gallery import Fact, Stage, Weight

if TYPE_CHECKING:
    from gantool.task import LoadedWeight


def stage_of(task: str, options: Any, weights: Sequence[LoadedWeight]) -> Stage:
    """Return a task with its options (a dataclass) and weights as the page shows them."""
    return Stage(task, options_of(options), tuple(map(_weight, weights)))


def options_of(options: Any) -> tuple[Fact, ...]:
    """Return the fields of an options dataclass, and their values, in words."""
    return tuple((_words(item.name), _shown(getattr(options, item.name))) for item in fields(options))


def short_names(names: Sequence[str]) -> list[str]:
    """Return the paths without the folder that all of them are in."""
    try:
        common = os.path.commonpath([str(Path(name).parent) for name in names])
    except ValueError:  # none, or relative ones among absolute ones
        return list(names)
    return [os.path.relpath(name, common) if common else name for name in names]


def footer() -> str:
    """Return the page's last line."""
    return f"Written {time.strftime('%Y-%m-%d %H:%M:%S %Z')} by gantool {__version__}."


def environment_facts() -> tuple[Fact, ...]:
    """Return what ran where."""
    torch = sys.modules.get("torch")  # Imported for this page alone, it would tell of nothing that ran.
    return (
        ("command", shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])),
        ("gantool", __version__),
        ("python", platform.python_version()),
        *([("torch", str(torch.__version__))] if torch else []),
        ("system", f"{platform.system()} {platform.machine()}"),
        *([("threads", str(torch.get_num_threads()))] if torch else []),
    )


def _weight(weight: LoadedWeight) -> Weight:
    card = weight.card
    facts = (
        ("summary", card.summary),
        ("sha256", weight.sha256),
        ("licence", card.licence),
        ("architecture", card.architecture),
        ("file", str(weight.path)),
        ("data", card.data),
        ("data licence", card.data_licence),
    )
    return Weight(weight.id, tuple((name, value) for name, value in facts if value))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    return "–" if value is None else str(value)
