"""What every command has beyond Typer: no empty name or NaN, complaints that know it, help uncut."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from gantool.errors import UsageError

# Typer keeps the types of commands, parameters and contexts private, hence the `Any` below.


def guarded(command: Any) -> Any:
    """Return the command, which now refuses empty names and NaN, and is named in the parser's complaints.

    Its help shows the names of options whole, however narrow the terminal is.
    """
    for parameter in command.params:
        _check_texts(parameter)
    _name_command(command)
    _widen_help(command)
    return command


def _check_texts(parameter: Any) -> None:
    """Refuse an empty text where a file or folder is named: as a path it would mean the current folder.

    NaN, which lies in no range, is called what it is rather than too large.
    """
    process = parameter.process_value

    def checked(ctx: Any, value: Any) -> Any:
        try:
            made = process(ctx, value)
        except typer.BadParameter:
            if str(value).lower().lstrip("+-") == "nan":
                raise UsageError(f"{_called(parameter)} {value} is no number", "give one") from None
            raise
        if _is_stated(ctx, parameter) and "" in _several(value) and _names_file(parameter, made):
            raise UsageError(f"{_called(parameter)} is empty", "say what is meant; . is the current folder")
        return made

    parameter.process_value = checked


def _is_stated(ctx: Any, parameter: Any) -> bool:
    source = ctx.get_parameter_source(parameter.name)
    return source is not None and source.name == "COMMANDLINE"


def _several(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _names_file(parameter: Any, made: Any) -> bool:
    metavar = parameter.metavar or ""
    texts = parameter.param_type_name == "argument" or "FILE" in metavar or "DIR" in metavar
    return texts or any(isinstance(item, Path) for item in _several(made))


def _called(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return "an input" if parameter.name == "inputs" else f"argument {parameter.name.upper()}"
    return str(max(parameter.opts, key=len))


def _name_command(command: Any) -> None:
    """Have complaints of the parser, which knows no command, lead to the help of this one."""
    parse = command.parse_args

    def parsed(ctx: Any, args: list[str]) -> Any:
        try:
            return parse(ctx, args)
        except typer.TyperException as failure:
            if getattr(failure, "ctx", ctx) is None:
                failure.ctx = ctx  # type: ignore[attr-defined]
            raise

    command.parse_args = parsed


def _widen_help(command: Any) -> None:
    write = command.format_help

    def written(ctx: Any, formatter: Any) -> None:
        from gantool.cli.help_table import whole_names  # Not at the top: it imports rich.

        with whole_names():
            write(ctx, formatter)

    command.format_help = written
