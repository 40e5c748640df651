"""`gantool doctor`: what a bug report needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gantool.cli.table import print_table
from gantool.paths import exists


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write it to a file for a bug report, names of yours taken out."),
    ] = None,
) -> None:
    """Print what a bug report needs: versions, devices, plugins, weights, free memory and disk."""
    # Collecting imports torch; the command's help must not.
    from gantool.cli.examine import examine

    sections = examine()
    record = {section.title: dict(section.facts) for section in sections}
    if report is not None:
        from gantool.atomic import write_atomic
        from gantool.cli.redact import redact
        from gantool.errors import UsageError

        if exists(report):
            raise UsageError(f"{report} exists", "name another file")
        # Before JSON escapes anything: a name behind escapes is not found, and read all the same.
        named = {
            redact(title): {redact(name): redact(value) for name, value in facts.items()}
            for title, facts in record.items()
        }
        write_atomic(report, f"{json.dumps(named, indent=2)}\n".encode(), error=UsageError)
        typer.echo(f"wrote {report}: look through it, then attach it to the report")
        return
    if as_json:
        typer.echo(json.dumps(record, indent=2))
        return
    for section in sections:
        typer.echo(f"{section.title}:")
        print_table([(f"  {name}", value) for name, value in section.facts] or [("  none", "")])
