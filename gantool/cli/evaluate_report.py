"""What `evaluate --report` gathers while cases are measured, and its page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import typer
from numpy.typing import NDArray

from gantool.atomic import write_atomic
from gantool.cli.report_facts import environment_facts, footer, options_of
from gantool.errors import ImageError
from gantool.evaluation import Evaluation, Score, whole
from gantool.images import Decoded
from gantool.inference.ensemble import in_words
from gantool.report.gallery import Column, Entry, Report, Row, Stage, Weight, page_of
from gantool.report.preview import SHOWN, Preview, budget_for, preview

if TYPE_CHECKING:
    from gantool.task import Case, Picture

_LABELS = ("Input", "Output", "Truth")


class EvaluateBook:
    """The page of one call of `evaluate`; without a path nothing is gathered and nothing is written."""

    def __init__(self, path: Path | None, count: int) -> None:
        """Settle where the page goes; `count` cases are expected, 0 if nobody knows."""
        self._path = path
        self._count = count or SHOWN
        self._previews: list[Preview] = []

    def look(self, case: Case, output: NDArray[Any], score: Score) -> None:
        """Make the preview of a case: what went in, what came out, what should have."""
        if self._path is None or len(self._previews) >= SHOWN:
            return
        pictures = _decoded(case.degraded), Decoded(_bytes(output)), _decoded(case.clean)
        self._previews.append(preview(*pictures[:2], budget_for(self._count), pictures[2]))

    def write(self, found: Evaluation, options: Any) -> None:
        """Write the page, atomically, and say on stderr where it is."""
        if self._path is None:
            return
        page = page_of(_report(found, self._previews, options))
        write_atomic(self._path, page.encode(errors="backslashreplace"), error=ImageError)
        typer.echo(f"report: {self._path}", err=True)


def _report(found: Evaluation, previews: list[Preview], options: Any) -> Report:
    weights = tuple(Weight(weight.id, (("sha256", weight.sha256),)) for weight in found.weights)
    count = len(found.scores)
    seconds = sum(score.seconds for score in found.scores)
    how = f"{found.device}, {found.precision}{in_words(found.tta)}"
    means = tuple((f"Mean {name}", f"{value:.4f}", "") for name, value in found.means.items())
    return Report(
        kicker=f"gantool evaluate · {found.task}",
        title=f"{count} case{'s' if count != 1 else ''} measured",
        headline=(*means, ("Network", f"{seconds:,.1f} s", how)),
        columns=(*(Column(name, digits=4) for name in found.means), Column("Time", "s")),
        entries=_entries(found, previews),
        failed=(),
        skipped=(),
        stages=(Stage(found.task, options_of(options), weights),),
        environment=environment_facts(),
        footer=footer(),
        means=_means(found),
        protocol=found.protocol,
        labels=_LABELS,
    )


def _entries(found: Evaluation, previews: list[Preview]) -> tuple[Entry, ...]:
    shown = [*previews, *[None] * (len(found.scores) - len(previews))]
    return tuple(
        Entry(
            f"{score.name} · {score.group}" if score.group else score.name,
            f"{score.retries} tiles computed again" if score.retries else "",
            (*score.figures.values(), round(score.seconds, 3)),
            (),
            each,
        )
        for score, each in zip(found.scores, shown, strict=True)
    )


def _means(found: Evaluation) -> tuple[Row, ...]:
    groups = tuple(
        Row(f"Mean of {group}", (*each.values(), None)) for group, each in found.group_means.items()
    )
    return (Row("Mean", (*found.means.values(), None)), *groups)


def _decoded(picture: Picture) -> Decoded:
    return Decoded(_bytes(whole(picture)[0].permute(1, 2, 0).numpy()))


def _bytes(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return (H, W, C) in 8 bits; float pixels are in [0, 1], and may lie beyond."""
    if pixels.dtype == np.uint8:
        return pixels
    return (pixels.clip(0, 1) * 255).round().astype(np.uint8)
