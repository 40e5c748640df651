"""The options of a task that a weight's card states: a network for x2 needs `--scale 2`. Torch-free."""

from __future__ import annotations

import shlex
from dataclasses import MISSING, Field, fields
from typing import Any

from gantool.errors import GantoolError, WeightError
from gantool.train.config import resolve
from gantool.weights.card import Card


def stated(kind: type[Any], card: Card) -> dict[str, Any]:
    """Return what the card's config says of the fields of an options class."""
    return {item.name: card.config[item.name] for item in _stated(kind, card)}


def options_for(kind: type[Any], card: Card) -> Any:
    """Return the task's options as they stand, those that the card states taken from it.

    Raises:
        WeightError: the task takes no such values.
    """
    try:
        return resolve(kind, [stated(kind, card)])
    except Exception as failure:  # an options class may meet values here that it never thought of
        why = failure.message if isinstance(failure, GantoolError) else type(failure).__name__
        raise WeightError(
            f"the card of {card.id} states options that {card.task} does not take ({why})",
            "export the weight again",
        ) from failure


def flags_for(kind: type[Any], card: Card) -> list[str]:
    """Return the words of a command line that state the same, without what is the default anyway."""
    words = []
    for item in _stated(kind, card):
        value, name = card.config[item.name], item.name.replace("_", "-")
        if item.default is not MISSING and item.default == value:
            continue
        if isinstance(value, bool):
            words.append(f"--{name}" if value else f"--no-{name}")
        else:
            words.append(f"--{name} {shlex.quote(str(value))}")
    return words


def _stated(kind: type[Any], card: Card) -> list[Field[Any]]:
    return [item for item in fields(kind) if item.name in card.config]
