"""Fake installed distributions: a `.dist-info` folder and a plugin module on a folder of `sys.path`."""

from __future__ import annotations

import textwrap
from pathlib import Path

SOUND = """
from dataclasses import dataclass
from typing import Annotated

import typer

from gantool.hookspecs import hookimpl
from gantool.task import Enhance, Task


@dataclass(frozen=True)
class Options:
    strength: Annotated[int, typer.Option(help="How much.", min=1, max=9)] = 5


@hookimpl
def gantool_task():
    enhance = Enhance(Options, lambda options: (), None)
    return Task(name="colorize", summary="Colour grey pictures.", enhance=enhance)
"""


def install(
    site: Path, distribution: str, name: str, source: str = SOUND, *, module: str = "", version: str = "1.0"
) -> Path:
    """Make `distribution` register the task `name`, served by a module with the given source."""
    module = module or distribution.replace("-", "_")
    information = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
    )
    (information / "entry_points.txt").write_text(f"[gantool]\n{name} = {module}\n")
    path = site / f"{module}.py"
    path.write_text(textwrap.dedent(source))
    return path
