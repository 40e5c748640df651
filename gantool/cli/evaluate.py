"""`gantool evaluate TASK`: the figures of a task's field, per picture and in the mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import length_hint
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gantool.cli.enhance_flags import parse_tta
from gantool.cli.evaluate_set import build_set_command
from gantool.cli.options import stated, with_options
from gantool.cli.printable import printable
from gantool.cli.report_file import report_place
from gantool.cli.table import print_table
from gantool.inference.ensemble import in_words
from gantool.inference.precision import Precision
from gantool.task import AnyTask, Case, Evaluate, EvaluateSet

if TYPE_CHECKING:
    from gantool.evaluation import Evaluation, Watch


def build_command(task: AnyTask) -> Callable[..., None]:
    """Return the command that measures `task`, with the task's own options."""
    assert task.evaluate is not None  # noqa: S101 - the verb is only offered with the capability
    if isinstance(task.evaluate, EvaluateSet):
        return build_set_command(task, task.evaluate)
    capability: Evaluate[Any] = task.evaluate

    def evaluate(
        ctx: typer.Context,
        data: Annotated[
            Path,
            typer.Option(
                help="Folder of pictures, clean ones where the protocol degrades them.", show_default=False
            ),
        ],
        weights: Annotated[
            list[str] | None,
            typer.Option(metavar="ID|FILE", help="In the place of the usual one; once for each needed."),
        ] = None,
        device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
        precision: Annotated[
            Precision, typer.Option(help="What to compute in; auto is the fastest that is safe.")
        ] = Precision.AUTO,
        tta: Annotated[
            int,
            typer.Option(parser=parse_tta, metavar="1|2|4|8", help="Views to average over."),
        ] = 1,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
        report: Annotated[
            Path | None,
            typer.Option(metavar="FILE.html", help="Write a page to compare the pictures on, in one file."),
        ] = None,
        overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a report that exists.")] = False,
        *,
        options: Any,
    ) -> None:
        """Pictures are prepared, enhanced and measured by the field's protocol."""
        # Not at the top: these import NumPy, Pillow or torch, which the help must not.
        from gantool.cli.evaluate_report import EvaluateBook
        from gantool.evaluation import evaluate as measure
        from gantool.inference.device import check_device_name
        from gantool.inference.result import Settings

        settings = Settings(check_device_name(device), precision, tta=tta)
        _check_weights(task, options, stated(ctx, capability.options), weights or ())
        path = None if report is None else report_place(report, overwrite=overwrite)
        cases = capability.cases(options, data)
        book = EvaluateBook(path, length_hint(cases))
        with _progress(cases) as watch:
            found = measure(
                task, options, cases, weights=weights or (), settings=settings, watch=watch, look=book.look
            )
        (_print_json if as_json else _print)(found)
        book.write(found, options)

    return with_options(evaluate, {"options": capability.options})


def _check_weights(task: AnyTask, options: Any, given: frozenset[str], weights: Sequence[str]) -> None:
    """Refuse options that were given and choose other weights than these."""
    from gantool.weights import files, store
    from gantool.weights.needed import check_stated

    assert task.enhance is not None  # noqa: S101 - what is evaluated case by case is enhanced
    for wanted in weights:
        path = store.resolve(wanted, task)
        check_stated(task.enhance.weights, options, given, path, files.read_card(path))


@contextmanager
def _progress(cases: Iterable[Case]) -> Iterator[Watch]:
    """Show a bar on a terminal, and nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("measuring", total=length_hint(cases) or None)
        yield lambda score: progress.advance(bar)


def _print(found: Evaluation) -> None:
    """Print a row for each picture, the means (of each group too), and what was measured how."""
    means = found.means
    rows = [("image", *(f"{name:>8}" for name in means))]
    rows += [(score.name, *map(_figure, score.figures.values())) for score in found.scores]
    groups = [(f"mean {name}", *map(_figure, each.values())) for name, each in found.group_means.items()]
    print_table([*rows, *groups, ("mean", *map(_figure, means.values()))])
    weights = " and ".join(f"{weight.id} ({weight.sha256[:12]})" for weight in found.weights)
    typer.echo(f"\nweights:  {printable(weights)}")
    typer.echo(f"device:   {found.device}, {found.precision}{in_words(found.tta)}")
    if retries := sum(score.retries for score in found.scores):
        typer.echo(f"retries:  {retries} tiles were computed again at a higher precision")
    typer.echo(f"protocol: {printable(found.protocol)}")


def _figure(value: float) -> str:
    return f"{value:8.4f}"


def _print_json(found: Evaluation) -> None:
    """Print one object; a figure that is not finite is null."""
    from gantool.evaluation import finite

    record = {
        "task": found.task,
        "protocol": found.protocol,
        "weights": [{"id": weight.id, "sha256": weight.sha256} for weight in found.weights],
        "device": found.device,
        "precision": found.precision,
        "tta": found.tta,
        "mean": {name: finite(value) for name, value in found.means.items()},
        "groups": {
            group: {name: finite(value) for name, value in each.items()}
            for group, each in found.group_means.items()
        },
        "images": [
            {
                "name": score.name,
                "group": score.group or None,
                "figures": {name: finite(value) for name, value in score.figures.items()},
                "seconds": round(score.seconds, 4),
                "retries": score.retries,
            }
            for score in found.scores
        ],
    }
    typer.echo(json.dumps(record, indent=2, allow_nan=False))
