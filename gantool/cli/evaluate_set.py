"""`gantool evaluate TASK` for tasks that sample: figures over a whole set of images."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gantool.cli.options import with_options
from gantool.cli.printable import printable
from gantool.cli.sample_flags import check_target
from gantool.cli.table import print_table
from gantool.sampling.evaluation import COUNT
from gantool.task import AnyTask, EvaluateSet

if TYPE_CHECKING:
    from gantool.sampling.evaluation import SetEvaluation
    from gantool.task import SetFigure


def build_set_command(task: AnyTask, capability: EvaluateSet[Any]) -> Callable[..., None]:
    """Return the command that measures a generator, with the task's own options."""

    def evaluate(
        data: Annotated[
            Path, typer.Option(help="Real pictures, as --data of a training.", show_default=False)
        ],
        count: Annotated[int, typer.Option("--count", "-n", min=2, help="Images that are drawn.")] = COUNT,
        seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same images.")] = 0,
        weights: Annotated[
            list[str] | None,
            typer.Option(metavar="ID|FILE", help="In the place of the usual one; once for each needed."),
        ] = None,
        device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
        batch: Annotated[int, typer.Option(min=0, help="Images computed at once; 0 goes by their size.")] = 0,
        neighbours: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="Write a sheet: images, and the real ones nearest to each."),
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
        overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a sheet that exists.")] = False,
        *,
        options: Any,
    ) -> None:
        """Many images are drawn and compared with real ones, set against set."""
        from gantool.inference.device import check_device_name

        check_device_name(device)
        if neighbours is not None:
            check_target(neighbours, overwrite)
        # Not at the top: it imports torch, which the help must not.
        from gantool.sampling.evaluation import SetWishes, evaluate_set

        wishes = SetWishes(data, count, seed, weights or (), device, batch)
        found = evaluate_set(task, options, wishes)
        (_print_json if as_json else _print)(found)
        if neighbours is not None:
            _write_sheet(found, neighbours)

    return with_options(evaluate, {"options": capability.options}, panel=f"Options of {task.name}")


def _print(found: SetEvaluation) -> None:
    """Print a row for each figure, what a reader must know, and what was measured how."""
    print_table([("figure", "   value"), *(_row(figure) for figure in found.report.figures)])
    weights = " and ".join(f"{name} ({sha256[:12]})" for name, sha256 in found.weights)
    typer.echo(f"\nweights:  {printable(weights)}\ndevice:   {found.device}")
    typer.echo(f"protocol: {printable(found.protocol)}")
    for note in found.report.notes:
        typer.echo(f"note:     {printable(note)}")


def _row(figure: SetFigure) -> tuple[str, str]:
    name = f"{figure.group}: {figure.name}" if figure.group else figure.name
    return name, f"{figure.value:8.4f}"


def _print_json(found: SetEvaluation) -> None:
    """Print one object; a figure that is not finite is null."""
    from gantool.evaluation import finite

    record = {
        "task": found.task,
        "protocol": found.protocol,
        "weights": [{"id": name, "sha256": sha256} for name, sha256 in found.weights],
        "device": found.device,
        "figures": [
            {
                "name": figure.name,
                "group": figure.group or None,
                "value": finite(figure.value),
            }
            for figure in found.report.figures
        ],
        "notes": list(found.report.notes),
    }
    typer.echo(json.dumps(record, indent=2, allow_nan=False))


def _write_sheet(found: SetEvaluation, target: Path) -> None:
    from gantool.errors import UsageError
    from gantool.sampling.drawing import to_bytes
    from gantool.sampling.pictures import write_picture

    if found.report.neighbours is None:
        raise UsageError(f"{found.task} shows no neighbours", "leave out --neighbours")
    write_picture(to_bytes(found.report.neighbours), target)
    typer.echo(f"neighbours: {target}", err=True)
