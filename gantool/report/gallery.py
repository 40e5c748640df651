"""A page of pictures before and after: what was done, to what, by which weights. Knows no task."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from gantool.report.compare import LABELS, comparison, thumbnail
from gantool.report.facts import fact_list, folded, masthead, table
from gantool.report.markup import Child, Markup, element, join
from gantool.report.page import Kit, Section, render
from gantool.report.preview import Preview

_LARGE = 620
"""Pixels: where half of the comparisons are narrower, they stand side by side."""

Fact = tuple[str, str]
"""A name and a value."""


@dataclass(frozen=True)
class Entry:
    """One picture: its name, words under it, figures in the order of the page's columns, things to note."""

    name: str
    sub: str
    figures: tuple[float | None, ...] = ()
    notes: tuple[str, ...] = ()
    preview: Preview | None = None


@dataclass(frozen=True)
class Column:
    """A figure that every picture has; `digits` behind the point."""

    name: str
    unit: str = ""
    digits: int = 2


@dataclass(frozen=True)
class Trouble:
    """A picture that did not come out, and the line that says why."""

    name: str
    line: str


@dataclass(frozen=True)
class Weight:
    """A weight that was used."""

    id: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Stage:
    """A task that every picture went through."""

    task: str
    options: tuple[Fact, ...]
    weights: tuple[Weight, ...]


@dataclass(frozen=True)
class Row:
    """A row under the table's pictures: means."""

    name: str
    figures: tuple[float | None, ...]


@dataclass(frozen=True)
class Report:
    """All that a page shows. `headline` figures stand at its top; `labels` name the layers."""

    kicker: str
    title: str
    headline: tuple[tuple[str, str, str], ...]
    columns: tuple[Column, ...]
    entries: tuple[Entry, ...]
    failed: tuple[Trouble, ...]
    skipped: tuple[Trouble, ...]
    stages: tuple[Stage, ...]
    environment: tuple[Fact, ...]
    footer: str
    means: tuple[Row, ...] = ()
    protocol: str = ""
    labels: tuple[str, ...] = LABELS


def page_of(report: Report) -> str:
    """Return the report's page."""
    sections = (
        Section("failed", "Failed", _failed(report)),
        Section("pictures", "Pictures", _pictures(report)),
        Section("figures", "Figures", _figures(report)),
        Section("skipped", "Skipped", _skipped(report)),
        Section("weights", "Weights", _weights(report)),
        Section("options", "Options", _options(report)),
        Section("environment", "Environment", fact_list(report.environment)),
    )
    shown = [section for section in sections if section.body]
    return render(
        report.title,
        masthead(report.kicker, report.title, report.headline),
        shown,
        report.footer,
        Kit.PICTURES,
    )


def _failed(report: Report) -> Markup:
    sign = element("span", "■", class_="sign", aria_hidden="true")
    lines = join(element("li", sign, one.line) for one in report.failed)
    return element("ul", lines, class_="troubles") if report.failed else Markup("")


def _skipped(report: Report) -> Markup:
    lines = join(element("li", f"{one.name}: {one.line}") for one in report.skipped)
    return element("ul", lines, class_="troubles") if report.skipped else Markup("")


def _pictures(report: Report) -> Markup:
    shown = [(index, entry) for index, entry in enumerate(report.entries) if entry.preview]
    if not shown:
        return element("p", "None was made.", class_="hint")
    widths = [entry.preview.window.width for _, entry in shown if entry.preview]
    thumbs = element("ol", join(_thumb(report, index, entry) for index, entry in shown), class_="thumbs")
    pairs = element(
        "div",
        join(_pair(report, index, entry) for index, entry in shown),
        class_="pairs small" if median(widths) < _LARGE else "pairs",
    )
    return join((_tools(report), thumbs if len(shown) > 1 else None, pairs, _left_out(report, len(shown))))


def _left_out(report: Report, shown: int) -> Markup | None:
    if shown == len(report.entries):
        return None
    words = f"{shown} of {len(report.entries)} pictures are shown; the figures are of all."
    return element("p", words, class_="hint")


def _thumb(report: Report, index: int, entry: Entry) -> Markup:
    assert entry.preview is not None  # noqa: S101 - the caller chose
    figure = _first_figure(report, entry)
    link = element(
        "a",
        element("span", thumbnail(entry.preview, ""), class_="box"),
        element("span", entry.name, class_="name"),
        element("small", figure) if figure else None,
        href=f"#p{index}",
        title=entry.name,
    )
    return element("li", link)


def _pair(report: Report, index: int, entry: Entry) -> Markup:
    assert entry.preview is not None  # noqa: S101 - the caller chose
    preview = entry.preview
    part = "" if preview.is_whole else f"{preview.window.width} × {preview.window.height} of it at 100 %"
    words = " · ".join(word for word in (entry.sub, part) if word)
    head = element(
        "header",
        element("h3", entry.name),
        element("p", _named(report, entry), class_="sub") if entry.figures else None,
        element("p", words, class_="sub"),
        join(element("p", note, class_="note") for note in entry.notes),
    )
    return element(
        "article",
        head,
        comparison(entry.name, preview, report.labels),
        id=f"p{index}",
        class_="pair",
        data_figures=json.dumps([_finite(one) for one in entry.figures]),
    )


def _finite(figure: float | None) -> float | None:
    """Return the figure as JSON holds it; infinite ones as one that is larger than all others."""
    if figure is None or math.isfinite(figure):
        return figure
    return math.copysign(1e300, figure) if not math.isnan(figure) else None


def _tools(report: Report) -> Markup:
    zoom = element(
        "fieldset",
        element("legend", "Zoom"),
        *(
            element(
                "label",
                element("input", type="radio", name="zoom", value=value, checked=value == "1"),
                element("span", title),
            )
            for title, value in (("Fit", "fit"), ("100 %", "1"), ("200 %", "2"), ("400 %", "4"))
        ),
    )
    crisp = element(
        "label", element("input", type="checkbox", name="crisp"), element("span", "Show single pixels")
    )
    several = (_order(report), _search()) if len(report.entries) > 1 else ()
    hint = element(
        "p",
        "Drag the divider, drag the picture. Keys: arrows move, + and − zoom, comma and point divide, "
        "Enter shows it large, where a wheel or two fingers zoom.",
        class_="hint",
    )
    return element("div", zoom, crisp, *several, hint, class_="toolbar gallery", hidden=True)


def _order(report: Report) -> Markup:
    ways = [("as given", "")]
    for number, column in enumerate(report.columns):
        ways += [
            (f"{column.name}, lowest first", f"{number}+"),
            (f"{column.name}, highest first", f"{number}-"),
        ]
    choices = join(element("option", title, value=value) for title, value in ways)
    return element("label", element("span", "Order"), element("select", choices, name="order"))


def _search() -> Markup:
    return element("label", element("span", "Find"), element("input", type="search", name="find"))


def _figures(report: Report) -> Markup:
    if not report.columns or not report.entries:
        return Markup("")
    head = ("Picture", *(f"{one.name} ({one.unit})" if one.unit else one.name for one in report.columns))
    means = [(_strong(row.name), *_values(report, row.figures)) for row in report.means]
    rows = [
        (_link(index, entry), *_values(report, entry.figures)) for index, entry in enumerate(report.entries)
    ]
    protocol = element("p", f"Protocol: {report.protocol}", class_="hint") if report.protocol else None
    return join((table(head, [*means, *rows], label="Figures of each picture"), protocol))


def _strong(words: str) -> Markup:
    return element("strong", words)


def _link(index: int, entry: Entry) -> Child:
    return element("a", entry.name, href=f"#p{index}") if entry.preview else entry.name


def _values(report: Report, figures: Sequence[float | None]) -> tuple[str, ...]:
    return tuple(_value(column, one) for column, one in zip(report.columns, figures, strict=True))


def _value(column: Column, figure: float | None) -> str:
    if figure is None:
        return "–"
    return f"{figure:,.{column.digits}f}" if math.isfinite(figure) else "∞"


def _named(report: Report, entry: Entry) -> Markup:
    parts = [
        join((f"{column.name} ", element("b", _value(column, one)), f" {column.unit}" if column.unit else ""))
        for column, one in zip(report.columns, entry.figures, strict=True)
    ]
    return join(part if number == 0 else join((" · ", part)) for number, part in enumerate(parts))


def _first_figure(report: Report, entry: Entry) -> str:
    if not entry.figures:
        return ""
    column = report.columns[0]
    return f"{column.name} {_value(column, entry.figures[0])} {column.unit}".strip()


def _weights(report: Report) -> Markup:
    weights = [weight for stage in report.stages for weight in stage.weights]
    return join(element("div", element("h3", one.id), fact_list(one.facts)) for one in weights)


def _options(report: Report) -> Markup:
    several = len(report.stages) > 1
    return join(
        folded(stage.task, fact_list(stage.options), is_open=True) if several else fact_list(stage.options)
        for stage in report.stages
    )
