"""How `gantool data check` says what it found."""

from __future__ import annotations

import json
from itertools import groupby

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gantool.train.check.report import Report

SHOWN = 20
"""Rows of one fault in the table; `--json` has them all."""


def print_report(report: Report, task: str) -> None:
    """Print a table of the findings, and a summary."""
    console = Console(highlight=False)
    if report.findings:
        console.print(_table(report))
    for fault, count in report.counts.items():
        word = "[red]mend[/]" if fault.fails else "[yellow]note[/]"
        console.print(f"{word}  {count} {fault.value}: {fault.meaning}", soft_wrap=True)
    console.print(_summary(report, task), soft_wrap=True, markup=False)


def print_json(report: Report, task: str) -> None:
    """Print one object with every finding."""
    record = {
        "data": str(report.data),
        "against": str(report.against) if report.against else None,
        "task": task,
        "smallest_side": report.smallest_side,
        "pictures": report.pictures,
        "usable": report.usable,
        "ok": not report.fails,
        "counts": {fault.value: count for fault, count in report.counts.items()},
        "findings": [
            {"fault": one.fault.value, "picture": one.picture, "detail": one.detail}
            for one in report.findings
        ],
    }
    typer.echo(json.dumps(record, indent=2))


def _table(report: Report) -> Table:
    table = Table("fault", "picture", "detail")
    for column in table.columns:
        column.overflow = "fold"
    for fault, found in groupby(report.findings, lambda finding: finding.fault):
        style = "red" if fault.fails else "yellow"
        rows = list(found)
        for one in rows[:SHOWN]:
            table.add_row(f"[{style}]{fault.value}[/]", escape(one.picture), escape(one.detail))
        if len(rows) > SHOWN:
            table.add_row("", f"and {len(rows) - SHOWN} more", "--json names all")
    return table


def _summary(report: Report, task: str) -> str:
    leaks = f", compared with {report.against}" if report.against else ""
    judgement = "something must be mended" if report.fails else "fine to train on"
    return (
        f"{report.data}: {report.pictures} pictures for {task}{leaks}; {report.usable} can be learned from "
        f"(readable, {report.smallest_side} pixels or more a side): {judgement}"
    )
