"""No `--help` may import torch or torchvision: those take seconds."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from gantool import plugins
from gantool.cli.verbs import Verb, capabilities

HEAVY = ("torch", "torchvision", "pydantic")
"""pydantic converts values, and a help converts none: importing it costs a third of the help's time."""

# Prints, after each help, which heavy modules it has brought in.
PROGRAM = """
import contextlib, io, json, sys
from gantool.cli import main
lines, heavy = json.loads(sys.argv[1]), json.loads(sys.argv[2])
for line in lines:
    with contextlib.redirect_stdout(io.StringIO()) as text:
        try:
            main([*line, "--help"])
        except SystemExit as end:
            code = end.code
    imported = [name for name in heavy if name in sys.modules]
    print(json.dumps([line, code, "Usage:" in text.getvalue(), imported]))
"""


def command_lines() -> list[list[str]]:
    """Return root, every command, every verb, and every verb with every task that has it."""
    groups: list[list[str]] = [[], ["doctor"], ["plugins"], ["plugins", "list"]]
    groups += [["plugins", "new"], ["weights"]]
    weights = [["weights", name] for name in ("list", "show", "verify", "import", "export", "blend", "path")]
    data = [["data"], ["data", "check"], ["data", "pack"]]
    runs = [["runs"], *(["runs", name] for name in ("list", "show", "compare"))]
    verbs = [[verb.value] for verb in Verb]
    tasks = [report.task for report in plugins.survey() if report.task is not None]
    named = [[verb.value, task.name] for task in tasks for verb in capabilities(task)]
    return groups + weights + runs + data + verbs + named


@pytest.fixture(scope="module")
def found() -> list[tuple[list[str], int, bool, list[str]]]:
    arguments = [json.dumps(command_lines()), json.dumps(HEAVY)]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


def test_every_help_is_shown(found: list[tuple[list[str], int, bool, list[str]]]) -> None:
    assert [line for line, *_ in found] == command_lines()
    assert [line for line, code, shown, _ in found if code != 0 or not shown] == []


def test_no_help_imports_anything_heavy(found: list[tuple[list[str], int, bool, list[str]]]) -> None:
    assert [(line, heavy) for line, _, _, heavy in found if heavy] == []
