"""Options of `train style-transfer`, and the settings that suit them. Torch-free."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gantool.errors import UsageError

OWN_LOSSES = ("style", "edges", "perceptual", "correspondence", "identity")
"""Losses of the methods; each says in its own file what they are."""

MULTIPLE = 16
"""Patches are halved four times by what judges and compares them."""


class Method(StrEnum):
    """How a generator learns to paint."""

    cut = "cut"
    cycle = "cycle"
    any = "any"


@dataclass(frozen=True)
class TrainStyleOptions:
    """Options of `train style-transfer`."""

    style: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR", show_default=False, help="The painting, or a folder of them; needed."
        ),
    ] = None
    method: Annotated[
        Method,
        typer.Option(
            help="cut: patches keep what was there (Park 2020). cycle: there and back again (CycleGAN). any: "
            "one generator for whatever painting it is shown.",
        ),
    ] = Method.cut
    name: Annotated[
        str, typer.Option(show_default=False, help="The style's name in the weight's id; else the file's.")
    ] = ""
    work: Annotated[
        str,
        typer.Option(
            show_default=False, help="What the card says of the painting: artist, title, year, whose it is."
        ),
    ] = ""
    patch: Annotated[int, typer.Option(help="Side of a training patch.", min=32)] = 128
    painting_side: Annotated[
        int,
        typer.Option(
            help="Longest side to which paintings are reduced: smaller gives finer strokes.", min=64
        ),
    ] = 512

    def __post_init__(self) -> None:
        """Refuse patches that a network cannot halve as often as it does, and names that make no id."""
        if self.patch % MULTIPLE:
            raise UsageError(f"--patch {self.patch} is not a multiple of {MULTIPLE}", "choose one")
        if self.name and slug(self.name) != self.name:
            raise UsageError(f"--name {self.name!r} cannot be part of an id", f"write {slug(self.name)!r}")
        if self.name and self.method is Method.any:
            raise UsageError(
                "--name is of one style, and --method any makes a weight for every painting",
                "leave it out; `gantool weights import FILE --id ID` gives the weight a name of yours",
            )

    @property
    def style_name(self) -> str:
        """Return what the weight is called behind `style-transfer-`."""
        if self.method is Method.any:
            return "any"
        return self.name or slug(self.style.stem if self.style else "") or "painting"


def slug(text: str) -> str:
    """Return `text` as ids have it: lower case, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def smallest_side(options: TrainStyleOptions) -> int:
    """Return the shortest side a photograph may have."""
    return options.patch


def trainer_settings(options: TrainStyleOptions) -> Mapping[str, int | float | str]:
    """Return the trainer settings that suit the method."""
    rate = 5e-4 if options.method is Method.cycle else 2e-3
    common = {"batch": 2, "beta1": 0.5, "ema": 0.99, "warmup": 0.02, "lr_end": 0.02, "clip": 1.0}
    return {**common, "lr": rate, "lr_d": 4e-4, "val_every": 500}


def losses(options: TrainStyleOptions) -> Mapping[str, float]:
    """Return the weights of the losses that suit the method."""
    shared = {"style": 1.0, "edges": 0.1, "perceptual": 0.05}
    match options.method:
        case Method.cut:
            return {**shared, "correspondence": 0.02, "identity": 0.0}
        case Method.cycle:
            return {**shared, "correspondence": 1.0, "identity": 0.5}
        case Method.any:
            # With less to hold things together, blots of the painting's colours cover them.
            return {"style": 1.0, "edges": 0.2, "perceptual": 0.3, "correspondence": 0.01, "identity": 0.0}


def game(options: TrainStyleOptions) -> Mapping[str, int | float | str]:
    """Return the adversarial game's settings: LSGAN (Mao et al. 2017), as both papers play it."""
    return {"game": "least-squares", "adversarial": 0.5}
