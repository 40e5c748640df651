"""What a task says of itself, before anything is built."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

from typer.models import OptionInfo

from gantool import plugins
from gantool.cli.verbs import Verb, capabilities
from gantool.errors import GantoolError, PluginError, UsageError
from gantool.task import AnyTask, EvaluateSet, KnownWeight
from gantool.train.config import plain, resolve
from gantool.weights import files
from gantool.weights.ids import is_id
from gantool.weights.remote import at_address


def options(task: AnyTask) -> Iterator[str]:
    """Look at the task's name, its capabilities, and each capability's options."""
    if not task.summary.strip() or "\n" in task.summary:
        yield "Task.summary must be one line: it stands beside the task's name in every --help"
    if not capabilities(task):
        yield "the task offers nothing: give Task an Enhance, Train, Sample or Evaluate"
    for verb in capabilities(task):
        yield from _of_verb(task, verb)
    of_sets = isinstance(task.evaluate, EvaluateSet)
    measured = task.sample if of_sets else task.enhance
    if task.evaluate and measured and not issubclass(task.evaluate.options, measured.options):
        base, maker = _name(measured.options), "sample" if of_sets else "enhance"
        yield f"{_name(task.evaluate.options)} must extend {base}: what is measured is what {maker} would do"
    if of_sets and task.sample is None:
        yield "EvaluateSet measures what Sample draws, which the task does not offer"
    if task.train and is_dataclass(task.train.options):
        yield from _kept_by_runs(task.train.options)


def _of_verb(task: AnyTask, verb: Verb) -> Iterator[str]:
    kind = getattr(task, verb.value).options
    try:
        importlib.import_module(f"gantool.cli.{verb.value}").build_command(task)
    except PluginError as failure:
        yield str(failure)
        return
    if not kind.__dataclass_params__.frozen:
        yield f"{_name(kind)} can be changed after it was checked: write @dataclass(frozen=True)"
    hints = get_type_hints(kind, include_extras=True)
    for field in (each for each in fields(kind) if each.init):
        (info,) = (item for item in hints[field.name].__metadata__ if isinstance(item, OptionInfo))
        if not (info.help or "").strip():
            yield f"{_name(kind)}.{field.name} has no help: give typer.Option a help text"
    try:
        kind()
    except (GantoolError, ValueError) as failure:
        yield f"{_name(kind)} refuses its own defaults ({failure}): choose defaults that work"


def _kept_by_runs(kind: type[Any]) -> Iterator[str]:
    """A run's options are kept as JSON, and read again to resume it."""
    try:
        whole = resolve(kind, [json.loads(json.dumps(plain(kind())))]) == kind()
    except (UsageError, TypeError) as failure:  # of types that JSON and TOML do not have
        yield f"{_name(kind)} cannot be read back from run.json: {failure}"
        return
    if not whole:
        changed = "is not the same read back from run.json"
        yield f"{_name(kind)} {changed}: use int, float, str, bool, enums, Path, lists of all but Path"


def known_weights(task: AnyTask) -> Iterator[str]:
    """Look at the weights the author publishes, those inside the package to the last byte."""
    for weight in task.known_weights:
        if not is_id(weight.id):
            yield f"KnownWeight {weight.id!r} cannot be an id: use letters, digits, hyphens and dots"
        if not weight.licence or not weight.summary:
            yield f"KnownWeight {weight.id!r} lacks a summary or a licence"
        if not weight.path and not (weight.url and weight.sha256):
            yield f"KnownWeight {weight.id!r} has neither a path in the package nor a url with its sha256"
        if weight.path:
            yield from _shipped(task, weight)
        if weight.url and weight.sha256:
            yield from _published(weight)


def _published(weight: KnownWeight) -> Iterator[str]:
    """See that `gantool weights pull ID` could begin; nothing is fetched."""
    try:
        at_address(weight.url, weight.sha256)
    except UsageError as failure:
        yield f"`gantool weights pull {weight.id}` cannot fetch KnownWeight {weight.id!r}: {failure.message}"


def _shipped(task: AnyTask, weight: KnownWeight) -> Iterator[str]:
    folder = plugins.folder(task.name)
    if folder is None:
        return
    path = folder / weight.path
    if not path.is_file():
        yield f"{weight.path} of KnownWeight {weight.id!r} is not in the package: is it in the wheel?"
        return
    try:
        card = files.load(path, task=task.name, sha256=weight.sha256 or None).card
    except GantoolError as failure:
        yield str(failure)
        return
    if (card.id, card.licence) != (weight.id, weight.licence):
        yield f"the card of {weight.path} names another id or licence than KnownWeight {weight.id!r}"
    for name in ("summary", "data", "data_licence"):
        if not getattr(card, name):
            yield f"the card of {weight.path} lacks {name!r}: users of the weight need to know"


def _name(kind: type[Any]) -> str:
    return kind.__name__
