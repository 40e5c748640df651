"""The command line. `main` is the console script; everything it needs is imported when it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from gantool.cli.piping import fill_closed, refused_line
from gantool.cli.printable import printable, survive_odd_names
from gantool.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, Code, GantoolError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run `gantool ARGUMENTS` (those of the process by default) and exit.

    Expected failures become one line on stderr and their exit code, an interrupt becomes 130, and
    anything else is a bug and keeps its plain traceback.
    """
    try:
        _run(arguments)
    except KeyboardInterrupt:  # While modules are imported: later, Typer and the commands see to it.
        sys.exit(EXIT_INTERRUPTED)


def _run(arguments: Sequence[str] | None) -> NoReturn:
    fill_closed()  # First of all, before a file takes the place.
    survive_odd_names()
    import typer

    from gantool.cli.root import command

    _quiet_decoders()
    try:
        status = command().main(arguments, prog_name="gantool", standalone_mode=False)
    except GantoolError as failure:
        _fail(f"{failure} ({failure.code})", failure.exit_code)
    except OSError as failure:
        if (refusal := refused_line(failure)) is None:
            raise
        _fail(f"{refusal} ({refusal.code})", refusal.exit_code)
    except typer.TyperException as failure:  # a wrong option or argument, found by Typer itself
        _fail(_usage_line(failure), failure.exit_code)
    except typer.Abort:
        _fail("aborted", EXIT_FAILED)
    sys.exit(status if isinstance(status, int) else EXIT_OK)


def _quiet_decoders() -> None:
    """Keep libraries' remarks on odd files out of the output: each such file gets our own one line."""
    import logging
    import warnings

    warnings.filterwarnings("ignore", module="PIL")
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)


def _usage_line(failure: Exception) -> str:
    """Return Typer's complaint in the form of the project's own errors, with the help to look at."""
    import typer

    assert isinstance(failure, typer.TyperException)  # noqa: S101
    context = getattr(failure, "ctx", None)
    path = context.command_path if context is not None else "gantool"
    text = " ".join(failure.format_message().split()).rstrip(".").replace("Value error, ", "")
    return f"{text}; see `{path} --help` ({Code.USAGE.number})"


def _fail(line: str, exit_code: int) -> NoReturn:
    """Print the line to stderr, its prefix red on a terminal, and exit."""
    import typer

    prefix = "error:"
    if "NO_COLOR" not in os.environ:
        prefix = typer.style(prefix, fg=typer.colors.RED, bold=True)  # stripped when not on a terminal
    typer.echo(f"{prefix} {printable(line)}", err=True)
    sys.exit(exit_code)
