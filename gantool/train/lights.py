"""Traffic lights for a terminal and for a pipe; shapes differ, so that no colour is needed to read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gantool.train.health import Finding, Light, Signal

SHAPES = {Light.green: "●", Light.yellow: "▲", Light.red: "■"}


def live_view(step: int, figures: Mapping[str, float], findings: Sequence[Finding]) -> RenderableType:
    """Return the table of a window's figures over its lights; sentences only where something is wrong."""
    table = Table("step", *figures)
    table.add_row(str(step), *(f"{value:.4g}" for value in figures.values()))
    row = Text("  ").join(_sign(finding) for finding in findings)
    return Group(table, row, *(_sentence(finding) for finding in _bad(findings)))


def changed(before: Mapping[Signal, Light], findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings whose light is another than before; a signal's first light was green."""
    return [one for one in findings if one.light is not before.get(one.signal, Light.green)]


def plain_line(step: int, finding: Finding) -> str:
    """Return the line that tells a pipe of a light's change."""
    said = f": {finding.sentence}" if finding.sentence else ""
    return f"health step {step}  {finding.light.name} {finding.signal.value}{said}"


def _bad(findings: Sequence[Finding]) -> list[Finding]:
    wrong = [finding for finding in findings if finding.light is not Light.green]
    return sorted(wrong, key=lambda finding: -finding.light)


def _sign(finding: Finding) -> Text:
    return Text(f"{SHAPES[finding.light]} {finding.signal.value}", style=finding.light.name)


def _sentence(finding: Finding) -> Text:
    return Text(f"{SHAPES[finding.light]} ", style=finding.light.name).append(
        finding.sentence, style="default"
    )
