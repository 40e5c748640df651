"""`gantool doctor`: what a bug report needs."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from gantool.cli.table import print_table


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Print what a bug report needs: versions, devices, plugins, weights, free memory and disk."""
    # Collecting imports torch; the command's help must not.
    from gantool.cli.examine import examine

    sections = examine()
    if as_json:
        record = {section.title: dict(section.facts) for section in sections}
        typer.echo(json.dumps(record, indent=2))
        return
    for section in sections:
        typer.echo(f"{section.title}:")
        print_table([(f"  {name}", value) for name, value in section.facts] or [("  none", "")])
