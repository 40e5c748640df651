"""`report.html`: a run on one page that opens from its file, without a server or a network."""

from __future__ import annotations

import time
from pathlib import Path

from gantool import __version__
from gantool.atomic import write_atomic
from gantool.errors import TrainError, WeightError
from gantool.report.chart import Mark, chart_group, toolbar
from gantool.report.facts import Tone, fact_list, folded, light, masthead, table
from gantool.report.markup import Markup, element, join, text
from gantool.report.page import Section, render
from gantool.report.viewer import viewer
from gantool.train.environment import Environment
from gantool.train.events import Event, EventKind
from gantool.train.health import Light
from gantool.train.record.curves import groups_of
from gantool.train.record.lamps import lamps_of
from gantool.train.record.record import Record, read_record
from gantool.train.record.samples import sample_frames, sample_pictures
from gantool.train.record.standing import State
from gantool.train.record.texts import budget_text, duration_text, figure_text, time_text
from gantool.weights.files import read_card

REPORT_FILE = "report.html"
_EVENTS = 300
"""Newest events that the page shows; `events.jsonl` has all."""
_MARKED = frozenset({EventKind.RESUMED, EventKind.ROLLED_BACK})
_MARKS = 50
"""Newest of these that the curves show, too."""
TONES = {Light.green: Tone.GOOD, Light.yellow: Tone.WATCH, Light.red: Tone.ACT}


def write_report(folder: Path) -> Path:
    """Write the run folder's `report.html`, atomically, and return its path.

    Raises:
        TrainError: the folder holds no run, or the page cannot be written.
    """
    path = folder / REPORT_FILE
    write_atomic(path, page_of(read_record(folder)).encode(), error=TrainError)
    return path


def page_of(record: Record) -> str:
    """Return the run's page."""
    sections = (
        Section("health", "Health", _health(record)),
        Section("samples", "Samples", _samples(record)),
        Section("curves", "Curves", _curves(record)),
        Section("events", "Events", _events(record)),
        Section("weight", "Weight", _weights(record)),
        Section("configuration", "Configuration", _configuration(record)),
        Section("environment", "Environment", _environment(record)),
    )
    footer = f"Written {time_text(time.time())} by gantool {__version__}."
    shown = [section for section in sections if section.body]
    return render(f"{record.name} · {record.description.task}", _header(record), shown, footer)


def _header(record: Record) -> Markup:
    description, best = record.description, record.best
    facts = [
        ("State", record.state.value, f"last wrote {time_text(record.written)}"),
        ("Step", f"{record.step:,}", budget_text(record)),
        ("Training time", duration_text(record.elapsed), ""),
    ]
    if best:
        facts.insert(2, (f"Best {best.figure}", figure_text(best.value), f"at step {best.step:,}"))
    kinds = ", ".join(part for part in (description.task, description.kind) if part)
    return masthead(f"gantool run · {kinds}", record.name, facts, _bar(record))


def _bar(record: Record) -> Markup | None:
    if record.progress is None or record.state is State.FINISHED:
        return None
    return element(
        "progress", value=f"{record.progress:.4f}", max=1, aria_label="Part of the budget that is spent"
    )


def _health(record: Record) -> Markup:
    lamps = lamps_of(record)
    if not lamps:
        return element("p", "Nothing has been logged yet.", class_="hint")
    return element(
        "ul", join(light(TONES[one.light], one.title, one.sentence) for one in lamps), class_="lights"
    )


def _samples(record: Record) -> Markup:
    pictures = sample_pictures(record.folder, until=record.step)
    frames = sample_frames(pictures)
    if not frames:
        return element("p", "No samples yet: they come with each validation.", class_="hint")
    left_out = f" {len(frames)} of {len(pictures)} steps are shown." if len(frames) < len(pictures) else ""
    return viewer(
        frames, f"The newest grid is whole, earlier ones may be reduced; samples/ has all.{left_out}"
    )


def _curves(record: Record) -> Markup:
    groups = groups_of(record.train, record.val)
    if not groups:
        return element("p", "Nothing has been logged yet.", class_="hint")
    has_time = any(trace.seconds for group in groups for chart in group.charts for trace in chart.traces)
    marks = [
        Mark(event.step, f"{event.kind.value}: {event.text}")
        for event in record.events
        if event.kind in _MARKED
    ][-_MARKS:]
    return join((toolbar(has_time, marks), *(chart_group(group.title, group.charts) for group in groups)))


def _events(record: Record) -> Markup:
    if not record.events:
        return element("p", "None was recorded.", class_="hint")
    shown = record.events[: -_EVENTS - 1 : -1]
    whole = element("ol", join(_event(event) for event in shown), class_="events", aria_label="Newest first")
    if len(shown) == len(record.events):
        return whole
    return join(
        (
            whole,
            element(
                "p", f"The newest {len(shown)} of {len(record.events)}; events.jsonl has all.", class_="hint"
            ),
        )
    )


def _event(event: Event) -> Markup:
    return element(
        "li",
        element("span", f"{event.step:,}", class_="at"),
        element("strong", event.kind.value.replace("-", " ")),
        element("p", event.text),
        element("time", time_text(event.time.timestamp()), datetime=event.time.isoformat()),
    )


def _weights(record: Record) -> Markup:
    return join(_weight(path) for path in record.weights)


def _weight(path: Path) -> Markup:
    try:
        card = read_card(path)
    except WeightError as problem:
        return element("p", str(problem))
    facts = {name: value for name, value in card.to_record().items() if value not in ("", 0, {}, (), [])}
    measured = facts.pop("measured", None)
    tables = [(name, facts.pop(name)) for name in ("config", "recipe") if name in facts]
    rows = ((one.metric, figure_text(one.value), one.data, one.protocol) for one in card.measured)
    head = ("Figure", "Value", "Data", "Protocol")
    return join(
        (
            fact_list(
                [
                    ("file", path.name),
                    *((name.replace("_", " "), str(value)) for name, value in facts.items()),
                ]
            ),
            table(head, rows, label="Measured figures") if measured else None,
            *(folded(name.capitalize(), _settings(value)) for name, value in tables),
        )
    )


def _configuration(record: Record) -> Markup:
    description = record.description
    facts = fact_list(
        (name.replace("_", " "), str(value)) for name, value in description.facts.items() if value != ""
    )
    tables = ((name, values) for name, values in description.tables.items() if values)
    parts = (folded(name.capitalize(), _settings(values), is_open=True) for name, values in tables)
    return join((facts, *parts))


def _settings(values: object) -> Markup:
    assert isinstance(values, dict)  # noqa: S101 - what JSON calls a table
    return fact_list((str(name), text(str(value))) for name, value in values.items())


def _environment(record: Record) -> Markup:
    if not record.environments:
        return element("p", "None was recorded.", class_="hint")
    first, newest = record.environments[0], record.environments[-1]
    parts = (
        folded(
            f"{'Started' if one is first else 'Resumed'} {one.time}",
            fact_list(_environment_facts(one)),
            is_open=one is newest,
        )
        for one in reversed(record.environments)
    )
    return join(parts)


def _environment_facts(one: Environment) -> list[tuple[str, str]]:
    changed = ", with uncommitted changes" if one.uncommitted else ""
    return [
        ("command", one.command),
        ("gantool", one.gantool),
        ("commit", f"{one.commit}{changed}" if one.commit else "none (installed)"),
        ("python", one.python),
        ("system", one.system),
        ("device", one.device),
        ("threads", str(one.threads)),
        ("processes", str(one.processes)),
        *one.libraries.items(),
    ]
