"""The tables of options in `--help`, at any width: names stay whole, what is beside them wraps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.table import Table
from rich.text import Text

_OPTION = 6
"""Texts that Typer gives to an option: names, long and short, both of what switches it off, type, help."""


@contextmanager
def whole_names() -> Iterator[None]:
    """Have Typer lay out options by tables that shorten no name."""
    import typer.rich_utils

    layout: Any = typer.rich_utils  # It offers no other way than to take the name's place.
    usual = layout.Table
    layout.Table = OptionsTable
    try:
        yield
    finally:
        layout.Table = usual


class OptionsTable(Table):
    """A table whose names keep their width; `--no-x` stands under `--x`, so that room is left for the help.

    Typer's own shrinks every column alike, and cuts names, which nobody can type then.
    """

    def add_row(self, *cells: Any, **more: Any) -> None:
        """Add an option with its texts: perhaps a mark that it is needed, names, type and help."""
        if len(cells) < _OPTION:  # a command
            super().add_row(*cells, **more)
            return
        *marks, long, short, off, short_off, kind, words = cells
        names = [Text("\n").join(part for part in pair if part) for pair in ((long, off), (short, short_off))]
        for part in getattr(words, "renderables", ()):  # else a word that is too long is shortened
            if isinstance(part, Text):
                part.overflow = "fold"
        super().add_row(*marks, *names, kind, words, **more)
        for column in self.columns[:-2]:
            column.no_wrap = True
