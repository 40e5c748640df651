"""`gantool train TASK`: settings are resolved and checked before torch is imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from gantool.cli.options import with_options
from gantool.errors import EXIT_INTERRUPTED
from gantool.task import AnyTask
from gantool.train.config import Layer
from gantool.train.describe import Wanted, describe, training_of
from gantool.train.folder import RunFile, drop_empty, new_run_folder, was_restarted
from gantool.train.game import GameSettings
from gantool.train.resumption import resumed_run
from gantool.train.settings import Settings


@dataclass(frozen=True)
class Inputs:
    """What a run starts from; the fields are options of every `gantool train TASK`."""

    data: Annotated[
        Path | None,
        typer.Option(help="Pictures: a folder, list, pairs or tar shards; needed unless --resume is given."),
    ] = None
    val: Annotated[Path | None, typer.Option(help="Validation pictures, in any form that --data takes.")] = (
        None
    )
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|NAME",
            help="Recipe (TOML) under the flags; NAME is one that the task ships, such as a weight's id.",
        ),
    ] = None
    loss: Annotated[
        list[str] | None,
        typer.Option(
            help="A loss; behind it perhaps @START or @START+RAMP (steps), then /SAMPLES; can be repeated.",
            metavar="NAME=WEIGHT",
        ),
    ] = None
    init: Annotated[str, typer.Option(help="Weight id or file the generator starts from.")] = ""
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:N or mps.")] = "auto"
    card_data: Annotated[str, typer.Option(help="What the card says of the training data.")] = ""
    card_licence: Annotated[str, typer.Option(help="The training data's licence, for the card.")] = ""


@dataclass(frozen=True)
class Flags:
    """All options of one call by name, and the names of those the user gave."""

    inputs: Inputs
    settings: Mapping[str, Any]
    game: Mapping[str, Any]
    options: Mapping[str, Any]
    given: frozenset[str]

    def stated(self, values: Mapping[str, Any]) -> Layer:
        """Return what the user gave of `values`; the rest is a recipe's to say."""
        return {name: value for name, value in values.items() if name in self.given}

    def changes(self) -> Layer:
        """Return what the user gave beside --resume."""
        values = {**vars(self.inputs), **self.settings, **self.game, **self.options}
        return {name: values.get(name) for name in self.given - {"resume"}}


def build_command(task: AnyTask) -> Callable[..., None]:
    """Return the command that trains `task`, with the task's and the trainer's options."""
    capability = training_of(task)

    def train(
        ctx: typer.Context,
        run: Annotated[
            Path | None,
            typer.Option("--run", "--run-dir", help="Run folder, default runs/TASK-N (torchrun: --run-dir)."),
        ] = None,
        resume: Annotated[
            Path | None,
            typer.Option(
                help="Run folder to go on with, as it was, or longer with other --steps or --max-time."
            ),
        ] = None,
        *,
        inputs: Mapping[str, Any],
        settings: Mapping[str, Any],
        rules: Mapping[str, Any],
        options: Mapping[str, Any],
    ) -> None:
        given = frozenset(name for name in ctx.params if _on_command_line(ctx, name))
        flags = Flags(Inputs(**inputs), settings, rules, options, given)
        if resume is not None:
            folder, described = resume, resumed_run(task, resume, flags.changes())
        else:
            described = describe(task, _wanted(flags))
            if run is not None and was_restarted(run, described):
                resume = run
            folder = resume or new_run_folder(run, task.name)
        try:
            _train(task, described, folder, resumed=resume is not None)
        finally:
            drop_empty(folder)  # an interruption may come while torch is imported

    return with_options(
        train,
        {"inputs": Inputs, "settings": Settings, "rules": GameSettings, "options": capability.options},
        as_values=True,
    )


def _on_command_line(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _wanted(flags: Flags) -> Wanted:
    inputs = flags.inputs
    return Wanted(
        data=inputs.data,
        val=inputs.val,
        config=inputs.config,
        losses=inputs.loss or (),
        init=inputs.init,
        device=inputs.device,
        card_data=inputs.card_data,
        card_licence=inputs.card_licence,
        trainer=flags.stated(flags.settings),
        game=flags.stated(flags.game),
        task=flags.stated(flags.options),
    )


def _train(task: AnyTask, described: RunFile, folder: Path, resumed: bool) -> None:
    from gantool.train.session import train_session

    if not train_session(task, described, folder, resumed).finished:
        raise typer.Exit(EXIT_INTERRUPTED)
