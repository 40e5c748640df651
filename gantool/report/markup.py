"""HTML from Python calls: what is not markup already gets escaped, so that a name can hold anything."""

from __future__ import annotations

import html
from collections.abc import Iterable

_VOID = frozenset({"img", "input", "br", "meta", "hr"})


class Markup(str):
    """Text that is HTML already and is not escaped again."""

    __slots__ = ()


Child = str | int | float | None
Attribute = str | int | float | bool | None


def text(value: Child) -> Markup:
    """Return `value` escaped, or as it is where it is markup; nothing for None."""
    if isinstance(value, Markup):
        return value
    return Markup("" if value is None else html.escape(str(value), quote=True))


def join(children: Iterable[Child]) -> Markup:
    """Return the children one after the other, escaped where they are not markup."""
    return Markup("".join(text(child) for child in children))


def element(name: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """Return `<name attributes>children</name>`.

    `class_` becomes `class`, and `data_x` becomes `data-x`. An attribute that is True stands without a
    value, one that is None or False is left out.
    """
    head = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{head}>")
    return Markup(f"<{name}{head}>{join(children)}</{name}>")


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{text(value)}"'
