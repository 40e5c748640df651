"""Discovery: task names come from entry-point metadata, and only the plugin that was named is imported.

Every entry point is loaded into a `pluggy.PluginManager` of its own, so that a broken plugin cannot
touch another one, and every reason it can be broken for becomes one line.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import NoneType

from gantool import task as contract
from gantool.errors import PluginError, UsageError, nearest
from gantool.task import AnyTask

GROUP = "gantool"
HOOK = "gantool_task"

PATIENCE = 5.0
"""Seconds after which a plugin that is still being imported is named; it is not stopped, which cannot be done
to an import without harm, but whoever waits knows whom to interrupt or uninstall."""

_ALONE: Mapping[str, tuple[type, ...]] = {
    "summary": (str,),
    "enhance": (contract.Enhance, NoneType),
    "train": (contract.Train, NoneType),
    "sample": (contract.Sample, NoneType),
    "evaluate": (contract.Evaluate, contract.EvaluateSet, NoneType),
}
_SEVERAL: Mapping[str, type] = {"known_weights": contract.KnownWeight, "also_called": str}
"""What a Task's fields are. Listings and `did you mean` read them of every plugin: one must not end all."""

_TYPEABLE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Status(Enum):
    """Whether a plugin can be used."""

    OK = "ok"
    BROKEN = "broken"


@dataclass(frozen=True)
class PluginReport:
    """What `gantool plugins list` says of one name; `reason` says why a broken one is broken.

    `seconds` is what loading took; `heavy` tells that it imported torch, which every help then waits for.
    """

    name: str
    distribution: str
    version: str
    module: str
    status: Status
    reason: str = ""
    task: AnyTask | None = None
    seconds: float = 0.0
    heavy: bool = False


def names() -> tuple[str, ...]:
    """Return every registered task name, sorted, from metadata alone: nothing is imported."""
    return tuple(sorted(_registered()))


def load(name: str) -> AnyTask:
    """Import the plugin `name` and return its task.

    Raises:
        UsageError: no distribution registers the name.
        PluginError: two do, or the plugin does not load or does not keep the contract.
    """
    registered = _registered()
    if name not in registered:
        known = meant(name)
        remedy = f"did you mean {known}?" if known else nearest(name, registered)
        raise UsageError(f"no task is called {name!r}", remedy)
    return _load_sole(name, registered[name])


def meant(word: str) -> str:
    """Return the task of that name, or the first that is also called so; empty where there is none."""
    if word in names():
        return word
    tasks = (report.task for report in survey())
    return next((task.name for task in tasks if task is not None and word in task.also_called), "")


def check_row(given: str, row: Sequence[str]) -> None:
    """Raise UsageError unless `given`, split into `row`, can name tasks that run one after another."""
    if not all(row):
        raise UsageError(f"{given!r} names an empty task", "write FIRST,SECOND without spaces")
    twice = [name for name in row if row.count(name) > 1]
    if twice:
        raise UsageError(f"{given!r} names {twice[0]} twice", "run it again on the results instead")


def folder(name: str) -> Path | None:
    """Return the folder of the plugin's module, where files shipped in its package lie; None if unknown."""
    file = module_file(name)
    return file.parent if file is not None else None


def module_file(name: str) -> Path | None:
    """Return the file of the plugin's module; None if unknown."""
    entry = entry_of(name)
    specification = importlib.util.find_spec(entry.module) if entry is not None else None
    return Path(specification.origin) if specification and specification.origin else None


def entry_of(name: str) -> EntryPoint | None:
    """Return the entry point that registers a name; None where none does, or several do."""
    found = _registered().get(name, ())
    return found[0] if len(found) == 1 else None


def survey() -> tuple[PluginReport, ...]:
    """Load every registered plugin and report on each, sorted by name; never raises."""
    return tuple(_report(name, found) for name, found in sorted(_registered().items()))


def broken() -> tuple[str, ...]:
    """Return why plugins do not load, a line for each that does not; never raises."""
    return tuple(report.reason for report in survey() if report.status is Status.BROKEN)


def _registered() -> Mapping[str, Sequence[EntryPoint]]:
    """Return the entry points by name; a sound name has exactly one.

    pluggy's own loader silently keeps the first of two, hence the comparison here.
    """
    found: dict[str, list[EntryPoint]] = defaultdict(list)
    for entry in entry_points(group=GROUP):
        found[entry.name].append(entry)
    return found


def _load_sole(name: str, found: Sequence[EntryPoint]) -> AnyTask:
    if len(found) > 1:
        raise PluginError(
            f"plugin {name!r} is claimed by {' and by '.join(_origin(entry) for entry in found)}",
            "uninstall all but one of them",
        )
    if not _TYPEABLE.fullmatch(name):
        raise PluginError(
            f"plugin {name!r} of {_origin(found[0])} has a name that is no command",
            "use lower-case letters, digits and single hyphens",
        )
    return _checked(name, found[0], _call_hook(name, found[0]))


def _call_hook(name: str, entry: EntryPoint) -> object:
    # pluggy and the hook specification are needed only once a plugin is really loaded.
    import pluggy

    from gantool import hookspecs

    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    try:
        with _watched(name, entry):
            manager.register(entry.load(), name)
            manager.check_pending()
            return manager.hook.gantool_task()
    except KeyboardInterrupt:
        raise
    except BaseException as failure:  # whatever a third party's module raises, SystemExit included
        raise _broken(name, entry, _described(failure)) from failure


@contextmanager
def _watched(name: str, entry: EntryPoint) -> Iterator[None]:
    """Name a plugin that keeps its loader waiting; what it prints goes to stderr."""
    words = f"still waiting for plugin {name!r} of {_origin(entry)} to load; Ctrl-C ends it"
    watch = threading.Timer(PATIENCE, lambda: print(words, file=sys.stderr, flush=True))
    watch.daemon = True
    watch.start()
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        watch.cancel()


def _checked(name: str, entry: EntryPoint, task: object) -> AnyTask:
    if task is None:
        raise _broken(name, entry, f"its module has no `@hookimpl def {HOOK}()` that returns a Task")
    if not isinstance(task, contract.Task):
        raise _broken(name, entry, f"{HOOK}() returned {type(task).__name__}, not a Task")
    if task.name != name:
        raise _broken(name, entry, f"its Task is called {task.name!r}, not {name!r} as the entry point says")
    misfit = _misfit(task)
    if misfit:
        raise _broken(name, entry, misfit)
    return task


def _misfit(task: AnyTask) -> str:
    """Return in words which field of the Task is not what the contract says; empty where all are."""
    for name, kinds in _ALONE.items():
        value = getattr(task, name)
        if not isinstance(value, kinds):
            return f"its Task.{name} is {_kind(value)}, not {' or '.join(map(_called, kinds))}"
    for name, kind in _SEVERAL.items():
        value = getattr(task, name)
        if not isinstance(value, tuple | list) or not all(isinstance(item, kind) for item in value):
            return f"its Task.{name} is {_kind(value)}, not a tuple of {kind.__name__}"
    return ""


def _kind(value: object) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else f"of type {_called(type(value))}"


def _called(kind: type) -> str:
    return "None" if kind is NoneType else kind.__name__


def _broken(name: str, entry: EntryPoint, reason: str) -> PluginError:
    return PluginError(
        f"plugin {name!r} of {_origin(entry)} does not load: {reason}", "repair or uninstall that package"
    )


def _described(failure: BaseException) -> str:
    """Return the exception in a line, with the place that raised it, for the plugin's author."""
    text = " ".join(f"{type(failure).__name__}: {failure}".split()).rstrip(": ")
    frames = traceback.extract_tb(failure.__traceback__)
    own = [frame for frame in frames if frame.filename != __file__ and "importlib" not in frame.filename]
    return f"{text} ({own[-1].filename}:{own[-1].lineno})" if own else text


def _origin(entry: EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else f"module {entry.value}"


def _report(name: str, found: Sequence[EntryPoint]) -> PluginReport:
    entry = found[0]
    task, status, reason = None, Status.OK, ""
    began, light = time.perf_counter(), "torch" not in sys.modules
    try:
        task = _load_sole(name, found)
    except PluginError as failure:
        status, reason = Status.BROKEN, str(failure)
    seconds, heavy = time.perf_counter() - began, light and "torch" in sys.modules
    distributions = sorted({item.dist.name for item in found if item.dist})
    return PluginReport(
        name=name,
        distribution=", ".join(distributions),
        version=entry.dist.version if entry.dist and len(found) == 1 else "",
        module=", ".join(item.value for item in found),
        status=status,
        reason=reason,
        task=task,
        seconds=seconds,
        heavy=heavy,
    )
