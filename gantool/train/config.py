"""Options from layers: dataclass defaults, the recipe's own, a TOML file, flags. Torch-free."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from typer.models import OptionInfo

from gantool.errors import PluginError, UsageError, nearest
from gantool.paths import is_file

Options = TypeVar("Options")
Layer = Mapping[str, Any]
TABLES = ("trainer", "task", "losses", "game")
INIT = "init"


@dataclass(frozen=True)
class RecipeFile:
    """A recipe's TOML file: what it sets of the trainer, the task, the losses and the adversarial game.

    `init` is the weight that the generator starts from, an id or a file; empty for none.
    """

    trainer: Layer = field(default_factory=dict)
    task: Layer = field(default_factory=dict)
    losses: Layer = field(default_factory=dict)
    game: Layer = field(default_factory=dict)
    init: str = ""


def resolve(options: type[Options], layers: Sequence[Layer]) -> Options:
    """Build options from layers, the later over the earlier; keys, types and ranges are checked.

    Raises:
        UsageError: an unknown key (with the nearest known ones), a value of the wrong type, or a number that
            is not finite or beyond the range that the field's `typer.Option` allows on the command line.
        PluginError: a field is of a type that no option can have.
    """
    hints = get_type_hints(options)
    marks = get_type_hints(options, include_extras=True)
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            if key not in hints:
                raise UsageError(f"unknown setting {key!r}", nearest(key, hints))
            merged[key] = _convert(key, value, hints[key])
            _check_range(key, merged[key], marks[key])
    return options(**merged)


def plain(options: object) -> dict[str, int | float | str | bool]:
    """Return the fields as TOML and JSON take them; what is None is left out."""
    values = asdict(options)  # type: ignore[call-overload]
    return {key: _plain(value) for key, value in values.items() if value is not None}


def read_recipe(path: Path) -> RecipeFile:
    """Return the tables of a recipe file, empty where there is none."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as problem:
        raise UsageError(f"cannot read {path} ({problem.strerror})", "give --config a TOML file") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} is not TOML ({problem})", "see the recipes in docs/training.md") from None
    for name, value in tables.items():
        if name not in (*TABLES, INIT):
            raise UsageError(f"{path} has an unknown table [{name}]", nearest(name, TABLES))
        if not isinstance(value, str if name == INIT else dict):
            raise UsageError(f"{path}: {name} is no {'text' if name == INIT else 'table'}")
    return RecipeFile(**tables)


def find_recipe(wanted: Path, folder: Path | None) -> Path:
    """Return the recipe file that `wanted` is, or names among those in `folder`.

    Raises:
        UsageError: there is neither such a file nor such a recipe.
    """
    shipped = {path.stem: path for path in sorted(folder.glob("*.toml"))} if folder is not None else {}
    if is_file(wanted) or wanted.suffix == ".toml" or str(wanted) != wanted.name:
        return wanted
    if wanted.name not in shipped:
        raise UsageError(f"no recipe is called {wanted.name!r}", nearest(wanted.name, shipped))
    return shipped[wanted.name]


def located(options: type[Any], values: Layer, folder: Path) -> dict[str, Any]:
    """Return values as text or numbers, with relative paths among them taken from `folder`."""
    hints = get_type_hints(options)
    return {key: _located(value, hints.get(key), folder) for key, value in values.items()}


def kinds_of(hint: Any) -> tuple[Any, ...]:
    """Return the types that a union is made of; any other type is alone, a `NewType` what it is made of."""
    while isinstance(hint, NewType):
        hint = hint.__supertype__
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _located(value: Any, hint: Any, folder: Path) -> Any:
    kinds = kinds_of(hint)
    if isinstance(value, str) and Path in kinds:
        return str(folder / value)
    inner = [get_args(kind)[0] for kind in kinds if get_origin(kind) is list]
    if isinstance(value, list) and inner:
        return [_located(item, inner[0], folder) for item in value]
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Path) else value


def _convert(key: str, value: Any, hint: Any) -> Any:
    kinds = kinds_of(hint)
    for kind in kinds:
        inner = get_args(kind)
        if get_origin(kind) is list and isinstance(value, list):
            return [_convert(key, item, inner[0]) for item in value]
        if get_origin(kind) is tuple and isinstance(value, list | tuple) and len(value) == len(inner):
            return tuple(_convert(key, item, part) for item, part in zip(value, inner, strict=True))
        if _is(key, value, kind):
            return value
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if isinstance(kind, type) and issubclass(kind, Enum | Path) and isinstance(value, str):
            return _named(key, value, kind)
    choices = [str(choice) for kind in kinds if get_origin(kind) is Literal for choice in get_args(kind)]
    if choices:
        raise UsageError(f"{key} = {value!r} is unknown", nearest(str(value), choices))
    names = " or ".join(_name(kind) for kind in kinds)
    raise UsageError(f"{key} = {value!r} has the wrong type", f"it takes {names}")


def _name(kind: Any) -> str:
    return "None" if kind is NoneType else getattr(kind, "__name__", str(kind))


def _is(key: str, value: Any, kind: Any) -> bool:
    """Return whether a value is of a type, or one of those that a `Literal` lists; `True` is no 1."""
    origin = get_origin(kind) or kind
    if origin is Literal:
        return any(choice == value and type(choice) is type(value) for choice in get_args(kind))
    if origin is Any:
        return True
    if not isinstance(origin, type):
        raise PluginError(f"the type of option {key!r}, {kind}, is none that options can have")
    if origin is tuple and get_args(kind):
        return False  # its length or an element is wrong
    return isinstance(value, origin) and not (kind is int and isinstance(value, bool))


def _check_range(key: str, value: Any, hint: Any) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{key} = {value} is not a finite number", "give one")
    infos = [mark for mark in get_args(hint)[1:] if isinstance(mark, OptionInfo)]
    if not infos or not isinstance(value, int | float):
        return
    least, most = infos[0].min, infos[0].max
    if (least is not None and value < least) or (most is not None and value > most):
        allowed = [
            f"{word} {end}" for word, end in (("at least", least), ("at most", most)) if end is not None
        ]
        raise UsageError(f"{key} = {value} is out of range", f"it is {' and '.join(allowed)}")


def _named(key: str, value: str, kind: type[Any]) -> Any:
    try:
        return kind(value)
    except ValueError:
        known = [str(item.value) for item in kind]
        raise UsageError(f"{key} = {value!r} is unknown", nearest(value, known)) from None
