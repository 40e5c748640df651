"""`gantool runs list|show|compare`, each with `--json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gantool.cli.lazy import HelpfulGroup
from gantool.cli.report_file import report_place
from gantool.cli.table import print_table
from gantool.errors import UsageError

# What reads runs is imported by the commands that do it, so that `--help` does not wait for it.

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

app = typer.Typer(
    name="runs", cls=HelpfulGroup, add_completion=False, help="What training runs have reached."
)


@app.callback()
def _runs() -> None:
    """Say that this is a group."""


@app.command("list")
def list_runs(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where runs are looked for.")] = Path(
        "runs"
    ),
    as_json: Json = False,
) -> None:
    """List the runs in and below a folder: task, kind, step of budget, best validation, age, state."""
    from gantool.cli.runs_text import LIST_HEAD, list_row, run_record
    from gantool.train.record.record import find_records

    found = find_records(folder)
    if as_json:
        typer.echo(json.dumps([run_record(one) for one in found], indent=2))
    elif not found:
        typer.echo(f"no run is in {folder}")
    else:
        print_table([LIST_HEAD, *(list_row(one, folder) for one in found)])


@app.command()
def show(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")],
    as_json: Json = False,
) -> None:
    """Show a run: how far and how good it is, its health, its last events, and where its page lies."""
    from gantool.cli.runs_text import show_lines, show_record
    from gantool.train.record.record import read_record

    record = read_record(run)
    typer.echo(json.dumps(show_record(record), indent=2) if as_json else "\n".join(show_lines(record)))


@app.command()
def compare(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN RUN...", help="Run folders, two or more.")],
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Also write a page with the curves over each other."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a page that exists.")] = False,
    as_json: Json = False,
) -> None:
    """Compare runs: the settings that differ; last and best figures side by side, the best marked by *."""
    from gantool.cli.runs_text import comparison_record, comparison_tables
    from gantool.train.record.comparison import compare
    from gantool.train.record.comparison_page import write_comparison
    from gantool.train.record.record import read_record

    if len(runs) < 2:
        raise UsageError("one run has nothing to be compared with", "name two run folders or more")
    if html is not None:
        report_place(html, overwrite=overwrite, flag="--html")
    records = [read_record(run) for run in runs]
    comparison = compare(records)
    if as_json:
        typer.echo(json.dumps(comparison_record(comparison), indent=2))
    else:
        for title, rows in comparison_tables(comparison):
            typer.echo(title)
            print_table(rows)
    if html is not None:
        write_comparison(records, html)
        typer.echo(f"wrote {html}", err=True)
