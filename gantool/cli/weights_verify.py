"""`gantool weights verify`: what became of each file and, where asked, of each figure on its card."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gantool.cli.printable import printable
from gantool.errors import UsageError
from gantool.paths import is_folder

if TYPE_CHECKING:
    from gantool.weights.measuring import Comparison
    from gantool.weights.verify import Verdict


def verify_weights(weights: Sequence[str], metrics: Path | None, *, as_json: bool) -> bool:
    """Say of each weight whether it is sound, and return whether all is.

    Raises:
        UsageError: `metrics` is no folder.
    """
    from gantool.weights import store
    from gantool.weights.verify import missing, verify

    if metrics is not None and not is_folder(metrics):
        raise UsageError(f"--metrics {metrics} is no folder", "name one that holds the data sets")
    sound = True
    records = []
    for verdict in verify(store.named(weights) if weights else store.listing()):
        answers = [] if metrics is None or verdict.problem else _measure(verdict, metrics, quiet=as_json)
        if not as_json and (metrics is None or verdict.problem):
            _say(f"bad  {verdict.problem}" if verdict.problem else f"ok   {verdict.entry.path}")
        sound = sound and not verdict.problem and not any(answer.problem for answer in answers)
        records.append(_record(verdict, answers, measured=metrics is not None))
    absent = () if weights else missing()
    if as_json:
        typer.echo(json.dumps({"files": records, "missing": list(absent)}, indent=2))
    else:
        for line in absent:
            _say(f"bad  {line}")
    return sound and not absent


def _measure(verdict: Verdict, data: Path, *, quiet: bool) -> list[Comparison]:
    """Measure one weight again, with a line for each figure as soon as it is there."""
    from gantool.weights.measuring import compare

    answers = []
    for answer in compare(verdict.entry.path, data):
        answers.append(answer)
        if not quiet:
            _say(f"{verdict.entry.id}: {_line(answer)}")
    if not answers and not quiet:
        _say(f"ok   {verdict.entry.path}: its card has no figures to measure again")
    return answers


def _say(line: str) -> None:
    """Print a line, in which file names and cards may have put anything."""
    typer.echo(printable(line))


def _line(answer: Comparison) -> str:
    claimed = answer.claimed
    what = f"{claimed.metric} on {claimed.data}"
    options = ", ".join(f"{name}={value}" for name, value in (claimed.options or {}).items())
    shown = f"{what} ({options})" if options else what
    if answer.problem:
        return f"bad  {shown}: {answer.problem}"
    return f"ok   {shown}: {answer.found:g}"


def _record(verdict: Verdict, answers: Sequence[Comparison], *, measured: bool) -> dict[str, object]:
    from gantool.cli.weights_text import verdict_record

    record = verdict_record(verdict)
    if measured:
        record["figures"] = [
            {
                "metric": answer.claimed.metric,
                "data": answer.claimed.data,
                "options": dict(answer.claimed.options or {}),
                "claimed": answer.claimed.value,
                "found": answer.found,
                "problem": answer.problem,
            }
            for answer in answers
        ]
    return record
