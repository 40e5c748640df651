"""Which options lead to a weight: one that is not there, or another than the one given. Torch-free."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_type_hints

from typer.models import OptionInfo

from gantool import flags
from gantool.errors import GantoolError, UsageError, WeightError, nearest
from gantool.task import AnyTask
from gantool.weights import store
from gantool.weights.card import Card

Needs = Callable[[Any], tuple[str, ...]]

_MOST_NUMBERS = 16
"""A whole number of a wider range is no choice between weights."""


@dataclass(frozen=True)
class _Choice:
    """A field whose values can be counted; `flag` is what it is called on the command line."""

    field: str
    flag: str
    values: Sequence[Any]

    def value(self, options: Any) -> Any:
        """Return its value in `options`, as a card has it."""
        value = getattr(options, self.field)
        return value.value if isinstance(value, Enum) else value

    def word(self, options: Any) -> str:
        """Return the flag with its value in `options`."""
        return f"{self.flag} {self.value(options)}"


def check_needed(task: AnyTask, needs: Needs, options: Any) -> None:
    """Raise unless every weight is there that the options need.

    Raises:
        WeightError: one is not; the line has the options that led to it, and those, each changed alone, for
            which there is one. Of a weight that the plugin knows where to get, the store says so itself.
    """
    published = {weight.id for weight in task.known_weights}
    missing = [wanted for wanted in needs(options) if wanted not in published and not is_there(wanted, task)]
    if not missing:
        return
    leading = [choice for choice in _choices(type(options)) if _leads(choice, needs, options)]
    if not leading:
        return
    there = {entry.id for entry in store.listing(task.name) if entry.card is not None}
    asked = " ".join(choice.word(options) for choice in leading)
    instead = [
        choice.word(other)
        for choice in leading
        for other in _others(choice, options)
        if there.issuperset(_needed(needs, other) or missing)
    ]
    remedy = f"there is one with {' or with '.join(instead)}" if instead else nearest(missing[0], there)
    raise WeightError(
        f"there is no weight for {asked} ({missing[0]})", f"{remedy} (see `gantool weights list`)"
    )


def check_stated(needs: Needs, options: Any, stated: frozenset[str], path: Path, card: Card) -> None:
    """Raise where an option that chooses between weights was stated and does not go with the one given.

    A choice is held against the card's config or recipe, where either has it; a card that says nothing of it
    goes with all. A text that leads to a weight of its own, such as a name, means nothing to any other.

    Raises:
        UsageError: one does not; the line has the option and what the card says.
    """
    needed = needs(options)
    if card.id in needed:
        return
    facts = {**card.recipe, **card.config}
    for choice in _choices(type(options)):
        said = facts.get(choice.field)
        differs = choice.field in stated and said not in (None, choice.value(options))
        if differs and _leads(choice, needs, options):
            raise UsageError(
                f"{choice.word(options)} is asked, and {path} was made with {choice.flag} {said}",
                f"leave out {choice.flag} or --weights",
            )
    for name, flag in _texts(type(options)):
        if name in stated and _needed(needs, _with_default(options, name)) not in (None, needed):
            raise UsageError(
                f"{flag} {getattr(options, name)} is {' and '.join(needed)}, and {path} is {card.id}",
                f"leave out {flag} or --weights",
            )


def is_there(weight_id: str, task: AnyTask) -> bool:
    """Tell whether the store has a weight for a task."""
    try:
        store.resolve(weight_id, task)
    except WeightError:
        return False
    return True


def _choices(kind: type[Any]) -> Iterator[_Choice]:
    for name, flag, held, info in _fields(kind):
        if inspect.isclass(held) and issubclass(held, Enum):
            yield _Choice(name, flag, tuple(held))
        elif held is int and info.min is not None and info.max is not None:
            values = range(int(info.min), int(info.max) + 1)
            yield from [_Choice(name, flag, values)] if len(values) <= _MOST_NUMBERS else []


def _texts(kind: type[Any]) -> Iterator[tuple[str, str]]:
    """Yield field and flag of each option that is a text."""
    for name, flag, held, _ in _fields(kind):
        if held is str:
            yield name, flag


def _fields(kind: type[Any]) -> Iterator[tuple[str, str, Any, OptionInfo]]:
    """Yield field, flag, type and declaration of each option."""
    hints = get_type_hints(kind, include_extras=True)
    for field in dataclasses.fields(kind):
        held, *facts = get_args(hints[field.name]) or (hints[field.name],)
        info = next((fact for fact in facts if isinstance(fact, OptionInfo)), OptionInfo())
        flag = next((name for name in flags.declared(info) if name.startswith("--")), flags.usual(field.name))
        yield field.name, flag, held, info


def _with_default(options: Any, name: str) -> Any:
    """Return the options with one as it is where nobody states it."""
    field = next(field for field in dataclasses.fields(options) if field.name == name)
    return dataclasses.replace(options, **{name: field.default})


def _leads(choice: _Choice, needs: Needs, options: Any) -> bool:
    """Return whether another value asks for other weights."""
    needed = needs(options)
    return any(_needed(needs, other) not in (None, needed) for other in _others(choice, options))


def _others(choice: _Choice, options: Any) -> Iterator[Any]:
    """Yield the options with each other value of the choice that they take."""
    for value in choice.values:
        if value != getattr(options, choice.field):
            try:
                yield dataclasses.replace(options, **{choice.field: value})
            except (GantoolError, ValueError):  # It does not go with the others.
                continue


def _needed(needs: Needs, options: Any) -> tuple[str, ...] | None:
    try:
        return needs(options)
    except GantoolError:
        return None
