"""Options from Python keywords, held to what the command line would hold them to. Torch-free."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import fields
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from gantool.errors import GantoolError, PluginError, UsageError, nearest
from gantool.train.config import kinds_of, resolve

Options = TypeVar("Options")


def options_of(kind: type[Options], given: Mapping[str, object], owner: str) -> Options:
    """Return an instance of an options class.

    Args:
        kind: a dataclass whose fields are `Annotated` with one `typer.Option`.
        given: values by field name; enums by their value, too, and numbers and paths where text is read.
        owner: what has these options, for messages.

    Raises:
        UsageError: an unknown name, a wrong type, a value out of range, or values that contradict.
        PluginError: an option is of a type that none can have.
    """
    unknown = [name for name in given if name not in names_of(kind)]
    if unknown:
        raise UsageError(f"{owner} has no option {unknown[0]!r}", nearest(unknown[0], names_of(kind)))
    values = as_text(kind, given)
    try:
        return resolve(kind, [values])
    except (UsageError, PluginError):
        raise
    except (GantoolError, ValueError) as failure:
        raise UsageError(f"{owner}: {failure}") from failure


def names_of(kind: type[Any]) -> frozenset[str]:
    """Return the names of an options class's fields."""
    return frozenset(field.name for field in fields(kind) if field.init)


def as_text(kind: type[Any], given: Mapping[str, object]) -> dict[str, object]:
    """Return the values of known fields, numbers and paths written as text where it is read.

    Raises:
        UsageError: a value is NaN, which no range would keep out.
    """
    for name, value in given.items():
        if isinstance(value, float) and math.isnan(value):
            raise UsageError(f"{name} = {value} is no number", "give one")
    hints = get_type_hints(kind, include_extras=True)
    return {name: _as_text(value, hints[name]) for name, value in given.items()}


def _as_text(value: object, hint: Any) -> object:
    kinds = kinds_of(get_args(hint)[0] if get_origin(hint) is Annotated else hint)
    if str not in kinds or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return str(value)
    return os.fspath(value) if isinstance(value, os.PathLike) else value
