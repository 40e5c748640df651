"""Options of the task, and the settings that suit its training. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import typer
from gantool.errors import UsageError

WEIGHT = "colorize-photo"
"""The id of the one weight this package ships."""

GENERATOR_MULTIPLE = 16
"""What the sides of a picture must be multiples of: the network halves four times."""


@dataclass(frozen=True)
class ColorizeOptions:
    """Options of `enhance colorize`."""

    detail: Annotated[
        int,
        typer.Option(help="Longest side, in pixels, at which colours are found.", min=64, max=1024),
    ] = 256
    saturation: Annotated[
        float, typer.Option(help="0 to 3: what the colours found are multiplied by.", min=0.0, max=3.0)
    ] = 1.0


def needed_weights(options: ColorizeOptions) -> tuple[str, ...]:
    """Return the id of the weight."""
    return (WEIGHT,)


@dataclass(frozen=True)
class TrainColorizeOptions:
    """Options of `train colorize`."""

    patch: Annotated[int, typer.Option(help="Side of a training patch.", min=32)] = 96
    reduce: Annotated[
        int,
        typer.Option(help="How many times patches are reduced, to show more of a scene.", min=1, max=8),
    ] = 2

    def __post_init__(self) -> None:
        """Refuse patches that the network cannot halve as often as it does."""
        if self.patch % GENERATOR_MULTIPLE:
            raise UsageError(
                f"--patch {self.patch} is not a multiple of {GENERATOR_MULTIPLE}", "choose one that is"
            )


def smallest_side(options: TrainColorizeOptions) -> int:
    """Return the side of the square that a patch is reduced from, in pixels."""
    return options.patch * options.reduce


def trainer_settings(options: TrainColorizeOptions) -> Mapping[str, int | float | str]:
    """Return the trainer's settings: the first decay is pix2pix's, the rates suit short runs."""
    return {"batch": 8, "lr": 1e-3, "lr_d": 4e-4, "beta1": 0.5, "ema": 0.99}


def losses(options: TrainColorizeOptions) -> Mapping[str, float]:
    """Return the one loss beside the game's: it is this task's own."""
    return {"chroma": 20.0}


def game(options: TrainColorizeOptions) -> Mapping[str, int | float | str]:
    """Return the adversarial game's settings."""
    return {"game": "hinge", "adversarial": 0.1}
