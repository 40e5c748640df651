"""Two tasks that can stand in a row, and the first one's weight; what they do is known to the last bit."""

from __future__ import annotations

from pathlib import Path

import torch

from gantool.weights import files
from gantool.weights.card import Card
from tests.distributions import install

TWICE = """
from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from gantool.hookspecs import hookimpl
from gantool.task import Enhance, Extra, Geometry, Task


@dataclass(frozen=True)
class Options:
    interrupt: Annotated[bool, typer.Option("--interrupt", help="Act as if Ctrl-C came.")] = False
    needs: Annotated[int, typer.Option(help="How many weights.", max=3)] = 1


def build(options, weights):
    import torch

    class Twice:
        geometry, channels, module = Geometry(scale=2), 3, torch.nn.Identity()

        def prepare(self, whole, extras):
            return extras["dark"].crop if "dark" in extras else None

        def describe(self, state):
            return "darkened" if state is not None else ""

        def regions(self, state):
            return None

        def __call__(self, image, box, state):
            if options.interrupt:
                raise KeyboardInterrupt
            if state is not None:
                image = image * state(box).to(image.device)
            return (image * weights[0].tensors["gain"]).repeat_interleave(2, 2).repeat_interleave(2, 3)

    return Twice()


@hookimpl
def gantool_task():
    extra = Extra("dark", "White stays, black goes.", aligned=True, grey=True)
    return Task(
        name="twice",
        summary="Twice as large.",
        enhance=Enhance(Options, lambda options: ("twice-plain",) * options.needs, build, (extra,)),
    )
"""

PLUS = """
from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from gantool.hookspecs import hookimpl
from gantool.task import Enhance, Extra, Geometry, Task


@dataclass(frozen=True)
class Options:
    levels: Annotated[int, typer.Option(help="Of 255.", min=0, max=9)] = 1
    chroma_only: Annotated[bool, typer.Option("--chroma-only", help="Flag.")] = False
    clip: Annotated[bool, typer.Option(help="With a negative form.")] = True


def build(options, weights):
    import torch

    class Plus:
        geometry, channels, module = Geometry(), 3, torch.nn.Identity()

        def prepare(self, whole, extras):
            return options.levels

        def describe(self, state):
            return f"plus {state}"

        def regions(self, state):
            return None

        def __call__(self, image, box, state):
            return image + state / 255

    return Plus()


@hookimpl
def gantool_task():
    extra = Extra("ruler", "Must have the size of what comes.", aligned=True)
    return Task(
        name="plus-one",
        summary="A little brighter.",
        enhance=Enhance(Options, lambda options: (), build, (extra,)),
    )
"""


def weight(path: Path, task: str = "twice", gain: float = 1.0) -> str:
    """Write a weight of `twice` that multiplies by `gain`; return its sha256."""
    card = Card(id="twice-plain", task=task, architecture="gain", config={}, licence="CC0-1.0")
    return files.save(path, {"gain": torch.tensor([gain])}, card)


def install_both(folder: Path) -> Path:
    """Install the two tasks into a folder, and return it."""
    install(folder, "gantool-twice", "twice", TWICE, module="row_twice")
    install(folder, "gantool-plus", "plus-one", PLUS, module="row_plus")
    return folder
