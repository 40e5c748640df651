"""A run's health, a sentence each: the trainer's rules on what was logged, and the run as a whole."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields

from gantool.errors import UsageError
from gantool.train.config import resolve
from gantool.train.events import Event, EventKind
from gantool.train.game import GameSettings
from gantool.train.health import LENGTH, History, Light, Signal, Window
from gantool.train.record.figures import Figures
from gantool.train.record.record import Record
from gantool.train.signals import judge

PREFIX = "health/"
"""Of the columns that hold a window's signals."""
_NO_LOSS = frozenset({"lr", "lr_d", "lr_g", "steps_per_s", "waiting", "elapsed"})
_TITLES = {
    Signal.discriminator: ("Discriminator", "Neither side wins for good."),
    Signal.logits: ("Logits", "Their size is steady."),
    Signal.gradients: ("Gradients", "Their norms keep to their usual size."),
    Signal.updates: ("Updates", "Steps are of a sound size for the weights."),
    Signal.diversity: ("Diversity", "Made pictures differ from each other as real ones do."),
    Signal.losses: ("Losses", "None has left its usual size."),
    Signal.oscillation: ("Oscillation", "No loss swings ever wider."),
    Signal.skipped: ("Finite steps", "Every step of the last window was finite."),
    Signal.waiting: ("Data", "Steps do not wait for data."),
}


@dataclass(frozen=True)
class Lamp:
    """What is watched, its light, and a sentence for people."""

    light: Light
    title: str
    sentence: str


def lamps_of(record: Record) -> tuple[Lamp, ...]:
    """Return all lights of a run, the worst first; none before the first log line."""
    if not record.train.steps:
        return ()
    found = [*_of_windows(record), *_of_run(record)]
    return tuple(sorted(found, key=lambda lamp: -lamp.light))


def _of_windows(record: Record) -> Iterator[Lamp]:
    for finding in judge(_history(record.train), _game(record)):
        title, calm = _TITLES[finding.signal]
        sentence = finding.sentence or calm
        yield Lamp(finding.light, title, sentence[:1].upper() + sentence[1:])


def _of_run(record: Record) -> Iterator[Lamp]:
    yield from _progress(record)
    yield from _repairs(record.events)
    if record.events and record.events[-1].kind is EventKind.STOPPED:
        yield Lamp(Light.yellow, "Stopped", record.events[-1].text or "The run was ended before its budget.")
    pictures = [event for event in record.events if event.kind is EventKind.UNREADABLE_PICTURE]
    if pictures:
        yield Lamp(Light.yellow, "Pictures", f"{len(pictures)} could not be read; the events name them.")


def _progress(record: Record) -> Iterator[Lamp]:
    """Whether the best validation lies far back: what came after it made nothing better."""
    best, steps = record.best, record.val.steps
    if best is None or len(steps) < 4:
        return
    spoken = f"The best {best.figure} was at step {best.step:,}"
    if record.description.exports_last:
        yield Lamp(Light.green, "Validation", f"{spoken}; what is exported are the last weights.")
    elif best.step < 0.5 * steps[-1]:
        yield Lamp(
            Light.yellow,
            "Validation",
            f"{spoken}, {steps[-1] - best.step:,.0f} steps ago: lower the rate or stop.",
        )
    else:
        yield Lamp(Light.green, "Validation", f"{spoken}.")


def _repairs(events: tuple[Event, ...]) -> Iterator[Lamp]:
    back = [event for event in events if event.kind is EventKind.ROLLED_BACK]
    skipped = sum(event.kind is EventKind.SKIPPED_STEP for event in events)
    if back:
        times = "once" if len(back) == 1 else f"{len(back)} times"
        yield Lamp(
            Light.yellow, "Repairs", f"Rolled back {times}, last at step {back[-1].step:,}: {back[-1].text}"
        )
    elif skipped:
        yield Lamp(
            Light.yellow, "Repairs", f"{skipped} log lines tell of skipped steps; nothing was rolled back."
        )
    else:
        yield Lamp(Light.green, "Repairs", "None was needed.")


def _history(train: Figures) -> History:
    count = len(train.steps)
    peak = max((rate for rate in train.columns.get("lr", ()) if math.isfinite(rate)), default=0.0)
    return History(tuple(_window(train, row, peak) for row in range(max(0, count - LENGTH), count)))


def _window(train: Figures, row: int, peak: float) -> Window:
    """Return a row as the trainer saw it; what this version does not know is left out."""
    values = {name: column[row] for name, column in train.columns.items()}
    signals = {name.removeprefix(PREFIX): value for name, value in values.items() if name.startswith(PREFIX)}
    known = {field.name for field in fields(Window) if field.default is None}
    finite = {name: value for name, value in signals.items() if name in known and math.isfinite(value)}
    before = train.steps[row - 1] if row else 0.0
    return Window(
        steps=max(1, int(train.steps[row] - before)),
        skipped=int(_or(signals.get("skipped"), 0.0)),
        waiting=_or(values.get("waiting"), 0.0),
        rate=_or(values.get("lr"), 1.0) / peak if peak else 1.0,
        losses={name: value for name, value in values.items() if "/" not in name and name not in _NO_LOSS},
        **finite,
    )


def _or(value: float | None, otherwise: float) -> float:
    return value if value is not None and math.isfinite(value) else otherwise


def _game(record: Record) -> GameSettings:
    """Return the run's game; the default where another version wrote what this one does not know."""
    try:
        return resolve(GameSettings, [record.description.tables.get("game", {})])
    except UsageError:
        return GameSettings()
