"""The task's help, as a user gets it: in a process of its own, where nothing is imported yet."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

from gantool import plugins
from gantool.cli.verbs import capabilities
from gantool.task import AnyTask

HEAVY = ("torch", "torchvision")

_PROGRAM = """
import contextlib, io, json, sys
from gantool.cli import main
lines, heavy = json.loads(sys.argv[1])
for line in lines:
    with contextlib.redirect_stdout(io.StringIO()) as text, contextlib.redirect_stderr(io.StringIO()) as said:
        try:
            main([*line, "--help"])
        except SystemExit as end:
            code = end.code
    imported = [name for name in heavy if name in sys.modules]
    print(json.dumps([" ".join(line), code == 0 and "Usage:" in text.getvalue(), imported, said.getvalue()]))
"""


def light_help(task: AnyTask) -> Iterator[str]:
    """Show each verb's help of an installed task; one that is not installed is passed over."""
    if task.name not in plugins.names():
        return
    lines = [[verb.value, task.name] for verb in capabilities(task)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, json.dumps([lines, HEAVY])],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    if done.returncode:
        yield f"asking for --help ended Python: {done.stderr.strip().splitlines()[-1:]}"
        return
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for line, shown, _, said in answers:
        if not shown:
            yield f"`gantool {line} --help` shows no help: {' '.join(said.split())}"
    heavy = sorted({name for *_, imported, _ in answers for name in imported})
    if heavy:
        yield (
            f"--help imports {' and '.join(heavy)}, which takes seconds: import what needs it inside the "
            "functions that Enhance, Train, Sample and Evaluate are given, not at the top of a module"
        )
