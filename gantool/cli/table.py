"""Aligned columns for people; nothing is cut off, so that a pipe can read them too."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from gantool.cli.printable import printable


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows of equal length, the columns as wide as they need to be, two spaces apart.

    What is in a cell may come from the name of a file or from a card: no cell commands the terminal.
    """
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*shown, strict=True)]
    for row in shown:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


def human_size(count: int) -> str:
    """Return a number of bytes as `3.4 MiB`."""
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
