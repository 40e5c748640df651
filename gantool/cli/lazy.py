"""Groups whose sub-commands are listed without being imported, and imported when they are named."""

from __future__ import annotations

import inspect
import re
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from gantool.cli.guarded import guarded
from gantool.errors import EXIT_USAGE

# Typer keeps the types of contexts and commands private, hence the `Any` in the overrides below.


class HelpfulGroup(TyperGroup):
    """A group that answers nothing at all with its help; that is a usage error all the same."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Show the help when no argument is given."""
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            ctx.exit(EXIT_USAGE)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the sub-command that was named, guarded."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, guarded(command) if command is not None else None, rest

    def get_help_option(self, ctx: Any) -> Any:
        """Return Typer's `--help`, switched off rather than unset (see `switch_off`)."""
        option = super().get_help_option(ctx)
        if option is not None:
            switch_off([option])
        return option


class LazyGroup(HelpfulGroup):
    """A group that knows its sub-commands by name and summary before it has any of them."""

    @abstractmethod
    def summaries(self) -> Mapping[str, str]:
        """Return the line that `--help` shows for each sub-command."""

    @abstractmethod
    def load(self, name: str) -> Any:
        """Import and return a sub-command; UsageError where there is none of that name."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the sub-commands in the order of `--help`."""
        return list(self.summaries())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a stand-in that carries name and summary: all that listing and completion need."""
        summary = self.summaries().get(cmd_name)
        return None if summary is None else TyperCommand(cmd_name, help=verbatim(summary))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Import the sub-command that was named."""
        return args[0], guarded(self.load(args[0])), args[1:]


def as_command(name: str, function: Callable[..., None], summary: str = "") -> Any:
    """Return `function` as a Typer command; `summary` is put in front of its docstring."""
    app = typer.Typer(add_completion=False)
    text = "\n\n".join(part for part in (summary, inspect.getdoc(function)) if part)
    app.command(name, help=verbatim(text))(function)
    return typer.main.get_command(app)


def switch_off(flags: Iterable[Any]) -> None:
    """Make unset boolean flags False.

    Typer leaves its own flags unset, and converts unset values by pydantic; importing that takes a third
    of the time of a `--help`, which converts nothing else.
    """
    for flag in flags:
        if flag.is_bool_flag and flag.default is None:
            flag.default = False


def verbatim(text: str) -> str:
    """Return help text that rich shows as it is, not reading the `[train]` of an extra as a style."""
    return _MARKUP.sub(r"\\[", text)


_MARKUP = re.compile(r"\[(?=[a-z#/@])")
"""What rich takes for the start of a style; other brackets it leaves alone."""
