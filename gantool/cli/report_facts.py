"""From what `enhance` did to what its page shows."""

from __future__ import annotations

import platform
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gantool import __version__
from gantool.inference.device import describe
from gantool.inference.outcome import Outcome, Status
from gantool.report.gallery import Column, Entry, Fact, Report, Stage, Trouble, Weight
from gantool.report.preview import Preview

if TYPE_CHECKING:
    from gantool.inference.engine import Engine
    from gantool.inference.plan import Job
    from gantool.task import LoadedWeight

_SECONDS = (Column("Time", "s"), Column("Network", "s"))


def stage_of(task: str, options: Any, weights: Sequence[LoadedWeight]) -> Stage:
    """Return a task with its options (a dataclass) and weights as the page shows them."""
    chosen = tuple((_words(item.name), _shown(getattr(options, item.name))) for item in fields(options))
    return Stage(task, chosen, tuple(map(_weight, weights)))


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
    return Report(
        kicker=" · ".join(part for part in ("gantool enhance", tasks) if part),
        title=f"{len(done)} picture{'s' if len(done) != 1 else ''} enhanced",
        headline=_headline(done, failed, skipped, seconds, engine),
        columns=_SECONDS,
        entries=tuple(_entry(outcome, previews.get(outcome.job)) for outcome in done),
        failed=tuple(Trouble(one.source_name, one.reason) for one in failed),
        skipped=tuple(Trouble(one.source_name, one.reason) for one in skipped),
        stages=tuple(stages),
        environment=environment_facts(),
        footer=footer(),
    )


def footer() -> str:
    """Return the page's last line."""
    return f"Written {time.strftime('%Y-%m-%d %H:%M:%S %Z')} by gantool {__version__}."


def environment_facts() -> tuple[Fact, ...]:
    """Return what ran where."""
    import torch

    return (
        ("command", shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])),
        ("gantool", __version__),
        ("python", platform.python_version()),
        ("torch", str(torch.__version__)),
        ("system", f"{platform.system()} {platform.machine()}"),
        ("threads", str(torch.get_num_threads())),
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
        ("Device", describe(engine.device), str(engine.precision)) if engine else None,
    ]
    return tuple(fact for fact in facts if fact)


def _entry(outcome: Outcome, preview: Preview | None) -> Entry:
    report = outcome.report
    network = report.network_seconds if report else 0.0
    source, target = outcome.source_size, outcome.target_size
    sizes = (
        f"{source.width} × {source.height} → {target.width} × {target.height}" if source and target else ""
    )
    notes = report.notes if report else ()
    again = (
        (f"{len(report.retries)} tiles computed again: {report.retries[0].reason}",)
        if report and report.retries
        else ()
    )
    tiles = f"tiles of {report.tile}" if report and report.tile else "in one piece"
    words = (
        sizes,
        report.found if report else "",
        tiles,
        report.precision.value if report else "",
        f"→ {outcome.job.target}",
    )
    return Entry(
        outcome.source_name,
        " · ".join(word for word in words if word),
        (round(outcome.seconds, 3), round(network, 3)),
        (*notes, *again),
        preview,
    )


def _weight(weight: LoadedWeight) -> Weight:
    card = weight.card
    facts = (
        ("summary", card.summary),
        ("sha256", weight.sha256),
        ("licence", card.licence),
        ("architecture", card.architecture),
        ("file", str(weight.path)),
        ("data", card.data),
        ("data licence", card.data_licence),
    )
    return Weight(weight.id, tuple((name, value) for name, value in facts if value))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value)
    return "–" if value is None else str(value)
