"""From what `enhance` did to what its page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gantool.cli.enhance_text import notes_of
from gantool.cli.report_facts import environment_facts, footer, short_names
from gantool.inference.device import describe
from gantool.inference.ensemble import in_words
from gantool.inference.outcome import Outcome, Status
from gantool.report.gallery import Column, Entry, Report, Stage, Trouble
from gantool.report.preview import Preview

if TYPE_CHECKING:
    from gantool.inference.engine import Engine
    from gantool.inference.plan import Job

_SECONDS = (Column("Time", "s"), Column("Network", "s"))


def enhance_report(
    outcomes: Sequence[Outcome],
    previews: Mapping[Job, Preview],
    stages: Sequence[Stage],
    engine: Engine | None,
    seconds: float,
) -> Report:
    """Return the page's content; `engine` is None where nothing was computed."""
    done = [outcome for outcome in outcomes if outcome.status is Status.DONE]
    failed = [outcome for outcome in outcomes if outcome.status is Status.FAILED]
    skipped = [outcome for outcome in outcomes if outcome.status is Status.SKIPPED]
    tasks = " → ".join(stage.task for stage in stages)
    shorter = short_names([outcome.source_name for outcome in done])
    return Report(
        kicker=" · ".join(part for part in ("gantool enhance", tasks) if part),
        title=f"{len(done)} picture{'s' if len(done) != 1 else ''} enhanced",
        headline=_headline(done, failed, skipped, seconds, engine),
        columns=_SECONDS,
        entries=tuple(
            _entry(name, outcome, previews.get(outcome.job))
            for name, outcome in zip(shorter, done, strict=True)
        ),
        failed=tuple(Trouble(one.source_name, one.reason) for one in failed),
        skipped=tuple(Trouble(one.source_name, one.reason) for one in skipped),
        stages=tuple(stages),
        environment=environment_facts(),
        footer=footer(),
    )


def _headline(
    done: Sequence[Outcome],
    failed: Sequence[Outcome],
    skipped: Sequence[Outcome],
    seconds: float,
    engine: Engine | None,
) -> tuple[tuple[str, str, str], ...]:
    pixels = sum(one.target_size.width * one.target_size.height for one in done if one.target_size)
    facts = [
        ("Done", str(len(done)), f"{pixels / 1e6:,.1f} megapixels written"),
        ("Failed", str(len(failed)), "") if failed else None,
        ("Skipped", str(len(skipped)), "results that exist") if skipped else None,
        ("Time", f"{seconds:,.1f} s", f"{seconds / len(done):.2f} s a picture" if done else ""),
        _computed_on(engine) if engine else None,
    ]
    return tuple(fact for fact in facts if fact)


def _computed_on(engine: Engine) -> tuple[str, str, str]:
    return "Device", describe(engine.device), f"{engine.precision}{in_words(engine.settings.tta)}"


def _entry(name: str, outcome: Outcome, preview: Preview | None) -> Entry:
    network = outcome.report.network_seconds if outcome.report else 0.0
    figures = (round(outcome.seconds, 3), round(network, 3))
    words = " · ".join(word for word in _facts(outcome) if word)
    return Entry(name, words, figures, tuple(notes_of(outcome)), preview)


def _facts(outcome: Outcome) -> tuple[str, ...]:
    """Return sizes, what the network found, tiles, precision, and where the result is."""
    source, target, report = outcome.source_size, outcome.target_size, outcome.report
    sizes = (
        f"{source.width} × {source.height} → {target.width} × {target.height}" if source and target else ""
    )
    place = "to stdout" if outcome.job.to_stdout else f"to {outcome.job.target}"
    if report is None:
        return sizes, place
    tiles = f"tiles of {report.tile}" if report.tile else "in one piece"
    return sizes, report.found, tiles, report.precision.value, place
