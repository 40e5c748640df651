"""`gantool train TASK`: settings are resolved and checked before torch is imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from gantool.cli.options import with_options
from gantool.errors import EXIT_INTERRUPTED, UsageError
from gantool.task import AnyTask, Train
from gantool.train.config import explicit, plain, read_recipe, resolve
from gantool.train.folder import RunFile, new_run_folder, read_run
from gantool.train.settings import Settings, budget_of

NEEDED = "needed unless --resume is given"


def build_command(task: AnyTask) -> Callable[..., None]:
    """Return the command that trains `task`, with the task's and the trainer's options."""
    assert task.train is not None  # noqa: S101 - the verb is only offered with the capability
    capability: Train[Any] = task.train

    def train(
        ctx: typer.Context,
        data: Annotated[Path | None, typer.Option(help=f"Folder of pictures; {NEEDED}.")] = None,
        val: Annotated[Path | None, typer.Option(help="Folder of validation pictures.")] = None,
        config: Annotated[Path | None, typer.Option(help="Recipe (TOML) under the flags.")] = None,
        init: Annotated[str, typer.Option(help="Weight id or file the generator starts from.")] = "",
        run: Annotated[
            Path | None,
            typer.Option("--run", "--run-dir", help="Run folder, default runs/TASK-N (torchrun: --run-dir)."),
        ] = None,
        resume: Annotated[Path | None, typer.Option(help="Run folder to go on with.")] = None,
        device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")] = "auto",
        card_data: Annotated[str, typer.Option(help="What the card says of the training data.")] = "",
        card_licence: Annotated[str, typer.Option(help="The training data's licence, for the card.")] = "",
        *,
        settings: Settings,
        options: Any,
    ) -> None:
        given = frozenset(name for name in ctx.params if _on_command_line(ctx, name))
        if resume is not None:
            _refuse_beside_resume(given)
            folder, described = resume, read_run(resume)
        else:
            described = _describe(task.name, capability, data, val, config, init, device, given, settings, options)
            described = _with_card(described, card_data, card_licence)
            folder = new_run_folder(run, task.name)
        _train(task, described, folder, resumed=resume is not None)

    return with_options(train, {"settings": Settings, "options": capability.options})


def _on_command_line(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _refuse_beside_resume(given: frozenset[str]) -> None:
    others = sorted(given - {"resume"})
    if others:
        flags = ", ".join("--" + name.replace("_", "-") for name in others)
        raise UsageError(f"--resume takes everything from the run; {flags} cannot change it", "leave it out")


def _describe(
    name: str,
    capability: Train[Any],
    data: Path | None,
    val: Path | None,
    config: Path | None,
    init: str,
    device: str,
    given: frozenset[str],
    settings: Settings,
    options: Any,
) -> RunFile:
    """Lay flags over the recipe file over the task's defaults."""
    if data is None:
        raise UsageError("no training pictures are named", "add --data FOLDER")
    trainer_table, task_table = read_recipe(config)
    task_options = resolve(capability.options, [task_table, explicit(options, given)])
    layers = [capability.settings(task_options), trainer_table, explicit(settings, given)]
    trainer = resolve(Settings, layers)
    budget_of(trainer)
    return RunFile(
        task_name=name,
        data=str(data.resolve()),
        val=str(val.resolve()) if val else "",
        device=device,
        init=init,
        card_data="",
        card_licence="",
        trainer=plain(trainer),
        task=plain(task_options),
    )


def _with_card(described: RunFile, data: str, licence: str) -> RunFile:
    from dataclasses import replace

    return replace(described, card_data=data, card_licence=licence)


def _train(task: AnyTask, described: RunFile, folder: Path, resumed: bool) -> None:
    from gantool.train.session import train_session

    finished = train_session(task, described, folder, resumed)
    if not finished:
        raise typer.Exit(EXIT_INTERRUPTED)
