"""`gantool plugins list`, `gantool plugins new`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from gantool.cli.lazy import HelpfulGroup
from gantool.cli.verbs import capabilities
from gantool.plugins import PluginReport, Status, survey

app = typer.Typer(
    name="plugins",
    cls=HelpfulGroup,
    add_completion=False,
    help="The installed tasks, broken ones included; and a start for one of your own.",
)


@app.callback()
def _plugins() -> None:
    """The installed tasks, broken ones included; and a start for one of your own."""


@app.command("list")
def list_plugins(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array.")] = False,
) -> None:
    """List every installed task: where it comes from, what it offers, and why a broken one is broken."""
    reports = survey()
    if as_json:
        typer.echo(json.dumps([as_record(report) for report in reports], indent=2))
    else:
        _print_table(reports)


@app.command("new")
def new_plugin(
    name: Annotated[str, typer.Argument(help="What the task will be called on the command line.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Folder to make the package's folder in.")
    ] = Path(),
) -> None:
    """Write a pip package with a small task that trains and enhances, to be changed into your own."""
    from gantool.scaffold import write_package

    folder = write_package(name, output)
    typer.echo(f"wrote {folder}; next: cd {folder} && pip install -e '.[test]' && python -m pytest")


def as_record(report: PluginReport) -> dict[str, object]:
    """Return the report as JSON-ready values."""
    return {
        "name": report.name,
        "status": report.status.value,
        "summary": report.task.summary if report.task else "",
        "capabilities": [verb.value for verb in capabilities(report.task)] if report.task else [],
        "distribution": report.distribution,
        "version": report.version,
        "module": report.module,
        "reason": report.reason,
        "seconds": round(report.seconds, 4),
        "imports_torch": report.heavy,
    }


def _print_table(reports: Sequence[PluginReport]) -> None:
    if not reports:
        typer.echo("no task is installed")
    for report in reports:
        origin = f"{report.distribution} {report.version}".strip()
        if report.status is Status.BROKEN:
            typer.echo(f"{report.name}  broken  {report.reason}")
        elif report.task is not None:
            offers = ", ".join(verb.value for verb in capabilities(report.task))
            typer.echo(f"{report.name}  ok  {report.task.summary}  [{offers}]  ({origin}, {_took(report)})")


def _took(report: PluginReport) -> str:
    heavy = ", imports torch at once: every help waits for it" if report.heavy else ""
    return f"{1000 * report.seconds:.0f} ms{heavy}"
