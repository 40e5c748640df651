"""A run's figures as charts: validation first, then losses, health by prefix, and pace."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gantool.report.chart import Chart, Trace
from gantool.report.thinning import ends, positions, thin
from gantool.train.record.figures import ELAPSED, SPEED, Figures, seconds_at

_PACE = ("lr", "lr_d", "lr_g", SPEED, "waiting")
_HIDDEN = (ELAPSED,)
_PAIR = re.compile(r"(^|[_/.-])(real|fake|g|d)(?=$|[_/.-])")
"""Columns that differ in such a word alone share a chart: `d_real` and `d_fake`, or `norm_g` and `norm_d`."""


@dataclass(frozen=True)
class Group:
    """Charts under one heading."""

    title: str
    charts: tuple[Chart, ...]


def groups_of(train: Figures, val: Figures) -> tuple[Group, ...]:
    """Return all charts of a run; columns without a single finite value have none."""
    found = {"Validation": _charts(val, list(val.columns), seconds_at(val.steps, train), "")}
    for title, names in _grouped(train).items():
        prefix = f"{title}/" if any(name.startswith(f"{title}/") for name in names) else ""
        found[title[:1].upper() + title[1:]] = _charts(train, names, train.seconds, prefix)
    return tuple(Group(title, charts) for title, charts in found.items() if charts)


def trace_of(name: str, figures: Figures, column: Sequence[float], seconds: Sequence[float]) -> Trace:
    """Return one column, thinned to a chart's points."""
    stretches = ends(len(column))
    times = positions(seconds, stretches) if seconds and math.isfinite(sum(seconds)) else ()
    return Trace(name, positions(figures.steps, stretches), times, thin(column, stretches))


def _grouped(train: Figures) -> Mapping[str, list[str]]:
    """Return columns by heading, in the order of the file but pace last."""
    found: dict[str, list[str]] = {"Losses": []}
    pace = [name for name in train.columns if name in _PACE]
    for name in train.columns:
        if name in _PACE or name in _HIDDEN:
            continue
        prefix, slash, _ = name.partition("/")
        found.setdefault(prefix if slash else "Losses", []).append(name)
    return {**found, "Pace": pace}


def _charts(
    figures: Figures, names: Iterable[str], seconds: Sequence[float], prefix: str
) -> tuple[Chart, ...]:
    families: dict[str, list[str]] = {}
    for name in names:
        if any(math.isfinite(value) for value in figures.columns[name]):
            families.setdefault(_PAIR.sub(r"\1*", name), []).append(name)
    return tuple(_chart(figures, members, seconds, prefix) for members in families.values())


def _chart(figures: Figures, names: Sequence[str], seconds: Sequence[float], prefix: str) -> Chart:
    traces = tuple(trace_of(_short(name, names), figures, figures.columns[name], seconds) for name in names)
    shown = [name.removeprefix(prefix) for name in names]
    return Chart(shown[0] if len(shown) == 1 else _common(shown), traces)


def _short(name: str, family: Sequence[str]) -> str:
    """Return the word by which a column differs from the others of its family."""
    if len(family) == 1:
        return name
    words = [match[2] for match in _PAIR.finditer(name)]
    others = {match[2] for other in family if other != name for match in _PAIR.finditer(other)}
    own = [word for word in words if word not in others]
    return " ".join(own or words) or name


def _common(names: Sequence[str]) -> str:
    """Return what the names share, without the words in which they differ."""
    first = re.split(r"([_/.-])", names[0])
    rest = [re.split(r"([_/.-])", name) for name in names[1:]]
    kept = [part for part in first if part.isalnum() and all(part in other for other in rest)]
    return " ".join(kept) if kept else " and ".join(names)
