"""A page on which runs' curves lie over each other."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path

from gantool import __version__
from gantool.atomic import write_atomic
from gantool.errors import TrainError
from gantool.report.chart import Chart, chart_group, legend, toolbar
from gantool.report.facts import table
from gantool.report.markup import Child, Markup, element, join
from gantool.report.page import Section, render
from gantool.train.record.comparison import Comparison, Reached, compare
from gantool.train.record.curves import trace_of
from gantool.train.record.figures import Figures, seconds_at
from gantool.train.record.record import Record
from gantool.train.record.texts import figure_text, time_text


def write_comparison(records: Sequence[Record], path: Path) -> Path:
    """Write the page of a comparison, atomically, and return its path.

    Raises:
        TrainError: the page cannot be written.
    """
    write_atomic(path, comparison_page(records).encode(), error=TrainError)
    return path


def comparison_page(records: Sequence[Record]) -> str:
    """Return a page with the runs' figures, differing settings and overlaid curves."""
    comparison = compare(records)
    header = join(
        (element("p", "gantool runs", class_="kicker"), element("h1", " · ".join(comparison.names)))
    )
    sections = (
        Section("figures", "Figures", _figures(comparison)),
        Section("curves", "Curves", _curves(records, comparison)),
        Section("settings", "Settings that differ", _settings(comparison)),
    )
    return render(
        "Runs compared", header, sections, f"Written {time_text(time.time())} by gantool {__version__}."
    )


def _figures(comparison: Comparison) -> Markup:
    rows = ((one.figure, *_cells(one)) for one in comparison.reached)
    return table(("", *comparison.names), rows, label="What each run has reached")


def _cells(one: Reached) -> list[Child]:
    texts = [figure_text(value) for value in one.values]
    return [
        element("span", cell, class_="better") if index == one.best else cell
        for index, cell in enumerate(texts)
    ]


def _settings(comparison: Comparison) -> Markup:
    if not comparison.differences:
        return element("p", "None: the runs were told the same.", class_="hint")
    rows = (
        (one.setting, *("" if value is None else str(value) for value in one.values))
        for one in comparison.differences
    )
    return table(("Setting", *comparison.names), rows, label="Settings that differ")


def _curves(records: Sequence[Record], comparison: Comparison) -> Markup:
    val = _charts(comparison.names, [record.val for record in records], records)
    train = _charts(comparison.names, [record.train for record in records], records)
    has_time = any(trace.seconds for chart in (*val, *train) for trace in chart.traces)
    groups = [("Validation", val), ("Training", train)]
    return join(
        (
            toolbar(has_time),
            legend(comparison.names),
            *(chart_group(title, charts) for title, charts in groups if charts),
        )
    )


def _charts(names: Sequence[str], figures: Sequence[Figures], records: Sequence[Record]) -> list[Chart]:
    columns = dict.fromkeys(column for one in figures for column in one.columns)
    return [chart for column in columns if (chart := _chart(column, names, figures, records)).traces]


def _chart(column: str, names: Sequence[str], figures: Sequence[Figures], records: Sequence[Record]) -> Chart:
    having = [
        index
        for index, one in enumerate(figures)
        if any(math.isfinite(value) for value in one.columns.get(column, ()))
    ]
    traces = (
        trace_of(
            names[index],
            figures[index],
            figures[index].columns[column],
            seconds_at(figures[index].steps, records[index].train),
        )
        for index in having
    )
    return Chart(column, tuple(traces), tuple(having))
