"""The root of the command line: names and summaries only; each command's module waits to be named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
import typer.main

from gantool import __version__
from gantool.cli.lazy import LazyGroup, as_command, switch_off
from gantool.cli.verbs import Verb, VerbGroup, usual_verb
from gantool.errors import UsageError, nearest

_SUMMARIES: Mapping[str, str] = {
    **{verb.value: verb.summary for verb in Verb},
    "data": "Check training pictures, and pack them into shards.",
    "weights": "List, inspect, verify, fetch, import, blend, export and send weight files.",
    "runs": "List, show and compare training runs.",
    "plugins": "List the installed tasks, broken ones included; start one of your own.",
    "doctor": "Print what a bug report needs: versions, devices, plugins, weights, memory.",
}


class RootGroup(LazyGroup):
    """`gantool COMMAND`."""

    def summaries(self) -> Mapping[str, str]:
        """Return the commands of gantool itself, none of which is imported for it."""
        return _SUMMARIES

    def load(self, name: str) -> Any:
        """Import the module of the command `name`."""
        match name:
            case "data":
                from gantool.cli import data

                return typer.main.get_command(data.app)
            case "weights":
                from gantool.cli import weights

                return typer.main.get_command(weights.app)
            case "runs":
                from gantool.cli import runs

                return typer.main.get_command(runs.app)
            case "plugins":
                from gantool.cli import plugins

                return typer.main.get_command(plugins.app)
            case "doctor":
                from gantool.cli import doctor

                return as_command(name, doctor.doctor)
            case _ if name in _SUMMARIES:
                return VerbGroup(Verb(name))
        raise UsageError(f"no command is called {name!r}", _advice(name))


def _advice(word: str) -> str:
    """Return the command of the task that was meant, or else the nearest of gantool's own."""
    from gantool import plugins

    name = plugins.meant(word)
    if not name:
        return nearest(word, _SUMMARIES)
    return f"did you mean `gantool {usual_verb(name).value} {name}`?"


def command() -> Any:
    """Return the whole command line as one Typer command, completion included."""
    app = typer.Typer(
        name="gantool",
        cls=RootGroup,
        help="Enhance images with GANs. Every task is a plugin: `gantool plugins list`.",
        context_settings={"help_option_names": ["-h", "--help"]},
        callback=_root,
    )
    made = typer.main.get_command(app)
    switch_off(made.params)
    return made


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gantool {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None: ...
