"""Charts as the page's script draws them: one figure each, its data beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gantool.report.markup import Markup, element, join
from gantool.report.page import data_block
from gantool.report.thinning import Curve


@dataclass(frozen=True)
class Trace:
    """One line: its points' steps, training seconds (empty where unknown), and values."""

    name: str
    steps: tuple[float, ...]
    seconds: tuple[float, ...]
    curve: Curve


@dataclass(frozen=True)
class Chart:
    """One or more lines over a common scale; `colours` picks each line's, so that a run keeps its own."""

    title: str
    traces: tuple[Trace, ...]
    colours: tuple[int, ...] = ()


def chart_group(title: str, charts: Iterable[Chart]) -> Markup:
    """Return charts under a heading, side by side where there is room."""
    drawn = element("div", join(_figure(chart) for chart in charts), class_="charts")
    return element("div", element("h3", title), drawn, class_="group")


@dataclass(frozen=True)
class Mark:
    """Something to know when reading a curve: a line across all charts at its step."""

    step: int
    text: str


def toolbar(has_time: bool, marks: Sequence[Mark] = ()) -> Markup:
    """Return the switches that all charts of the page obey, and the marks that all show."""
    time = _switch("radio", "axis", "time", "Time", disabled=not has_time)
    axis = element(
        "fieldset",
        element("legend", "Over"),
        _switch("radio", "axis", "steps", "Steps", checked=True),
        time,
    )
    ways = element(
        "fieldset",
        element("legend", "Show"),
        _switch("checkbox", "log", "log", "Log scale"),
        _switch("checkbox", "smooth", "smooth", "Smooth", checked=True),
    )
    hint = element(
        "p", "Point at a curve, or focus one and use the arrow keys, to read values.", class_="hint"
    )
    without = element("noscript", element("p", "The curves are drawn by this page's own script."))
    known = data_block([{"step": mark.step, "text": mark.text} for mark in marks])
    return join((element("div", axis, ways, hint, known, class_="toolbar"), without))


def legend(names: Sequence[str]) -> Markup:
    """Return the names of lines that keep their colour in all charts."""
    items = (element("li", _swatch(index), name) for index, name in enumerate(names))
    return element("ul", join(items), class_="legend")


def _figure(chart: Chart) -> Markup:
    colours = chart.colours or tuple(range(len(chart.traces)))
    caption = element(
        "figcaption",
        element("span", chart.title, class_="name"),
        element("output", class_="reading", aria_live="off"),
    )
    record = {"traces": [_record(trace, c) for trace, c in zip(chart.traces, colours, strict=True)]}
    return element(
        "figure",
        caption,
        element("svg", class_="plot", tabindex=0, role="img", aria_label=_spoken(chart)),
        data_block({**record, "title": chart.title}),
        class_="chart",
    )


def _record(trace: Trace, colour: int) -> dict[str, object]:
    return {
        "name": trace.name,
        "colour": colour,
        "steps": trace.steps,
        "seconds": trace.seconds,
        "values": trace.curve.values,
        "low": trace.curve.low,
        "high": trace.curve.high,
    }


def _spoken(chart: Chart) -> str:
    """Return what a screen reader says of the chart: where each line begins, ends, and how far it reaches."""
    parts = []
    for trace in chart.traces:
        known = [value for value in trace.curve.values if value is not None]
        if known:
            parts.append(
                f"{trace.name}: from {known[0]:.4g} to {known[-1]:.4g}, "
                f"between {min(known):.4g} and {max(known):.4g}"
            )
    return f"{chart.title}, a curve. " + "; ".join(parts)


def _switch(
    kind: str, name: str, value: str, title: str, *, checked: bool = False, disabled: bool = False
) -> Markup:
    box = element("input", type=kind, name=name, value=value, checked=checked, disabled=disabled)
    return element("label", box, element("span", title))


def _swatch(index: int) -> Markup:
    return element("span", class_=f"swatch c{index % 8}", aria_hidden="true")
