"""`gantool VERB TASK`: the sub-commands of a verb are the discovered tasks that have the capability."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gantool.cli.lazy import LazyGroup, as_command
from gantool.errors import PluginError, UsageError

if TYPE_CHECKING:
    from gantool.task import AnyTask

# Discovery is imported by the methods that need it: the root's help does not.


class Verb(Enum):
    """A verb is a capability of `Task` and a module of this package with `build_command(task)`."""

    ENHANCE = "enhance"
    TRAIN = "train"
    SAMPLE = "sample"
    EVALUATE = "evaluate"

    @property
    def summary(self) -> str:
        """The verb's line in `gantool --help`."""
        return _SUMMARIES[self]

    def headline(self, task: AnyTask) -> str:
        """Return what the help of this verb with a task begins with."""
        doing = {Verb.TRAIN: f"Train the networks of {task.name}.", Verb.EVALUATE: f"Measure {task.name}."}
        return "\n\n".join(part for part in (doing.get(self, ""), task.summary) if part)


_SUMMARIES = {
    Verb.ENHANCE: "Enhance images: files, folders, globs or stdin.",
    Verb.TRAIN: "Train a task's networks on a folder of images.",
    Verb.SAMPLE: "Draw images from a task's generative network.",
    Verb.EVALUATE: "Measure a task on clean images by its field's protocol.",
}


class VerbGroup(LazyGroup):
    """The tasks of one verb. Listing them loads every plugin (torch-free); naming one loads that one."""

    def __init__(self, verb: Verb) -> None:
        super().__init__(name=verb.value, help=verb.summary, subcommand_metavar="TASK [ARGS]...")
        self._verb = verb

    def summaries(self) -> Mapping[str, str]:
        """Return the tasks' summaries; a plugin that does not load is listed with the reason."""
        return self._summaries

    @cached_property
    def _summaries(self) -> Mapping[str, str]:
        from gantool import plugins

        lines: dict[str, str] = {}
        for report in plugins.survey():
            if report.task is None:
                lines[report.name] = f"(broken) {report.reason}"
            elif self._verb in capabilities(report.task):
                lines[report.name] = report.task.summary
        return lines

    def load(self, name: str) -> Any:
        """Import the plugin `name`, or those of a row of names, and build the command for this verb."""
        from gantool import plugins

        module = importlib.import_module(f"gantool.cli.{self._verb.value}")
        names = name.split(",")
        if len(names) == 1:
            task = self._task(name)
            return as_command(name, module.build_command(task), self._verb.headline(task))
        if self._verb is not Verb.ENHANCE:
            raise UsageError(f"{self._verb.value} takes one task, not {name}", "name one of them")
        plugins.check_row(name, names)
        tasks = tuple(self._task(each) for each in names)
        return as_command(name, module.build_row_command(tasks), "\n\n".join(each.summary for each in tasks))

    def _task(self, name: str) -> AnyTask:
        from gantool import plugins

        task = plugins.load(name)
        offered = capabilities(task)
        if self._verb not in offered:
            known = ", ".join(verb.value for verb in offered) or "nothing"
            raise UsageError(f"task {name!r} does not offer {self._verb.value}", f"it offers {known}")
        return task


def usual_verb(name: str) -> Verb:
    """Return what a task is mostly for; of a broken one nothing is known but that most enhance."""
    from gantool import plugins

    try:
        offered = capabilities(plugins.load(name))
    except PluginError:
        return Verb.ENHANCE
    return next((verb for verb in (Verb.ENHANCE, Verb.SAMPLE, *offered) if verb in offered), Verb.ENHANCE)


def capabilities(task: AnyTask) -> tuple[Verb, ...]:
    """Return the verbs the task can be named after."""
    return tuple(verb for verb in Verb if getattr(task, verb.value) is not None)
