"""Options of `train denoise`, and the settings that suit them. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from gantool.errors import UsageError
from gantool.train.settings import FINISHING, Surplus
from gantool_denoise.options import Size

# Of the generator's three levels and of the discriminator's four.
GENERATOR_MULTIPLE, DISCRIMINATOR_MULTIPLE = 8, 16

GRID = "grid"
OWN_LOSSES = (GRID,)
"""Losses beside the common ones (gantool.train.losses.grid)."""


class Stage(StrEnum):
    """What a run trains for. *robust* is where *photo* starts from, and is shown by `--weights` alone."""

    gaussian = "gaussian"
    robust = "robust"
    photo = "photo"


@dataclass(frozen=True)
class TrainDenoiseOptions:
    """Options of `train denoise`."""

    kind: Annotated[
        Stage,
        typer.Option(
            help="gaussian: white noise of level 0 to 55. robust: what cameras and JPEG do. "
            "photo: as robust, finished with a GAN; start it from robust weights with --init."
        ),
    ] = Stage.gaussian
    size: Annotated[Size, typer.Option(help="compact or large generator.")] = Size.compact
    patch: Annotated[int, typer.Option(help="Side of a training patch.", min=32)] = 96
    reduced: Annotated[
        float,
        typer.Option(
            help="Share of patches that are shrunk to half, which takes away the files' own noise.",
            min=0,
            max=1,
        ),
    ] = 0.3
    draws: Annotated[
        int, typer.Option(help="Noisy versions of each picture that the level estimator is fitted to.", min=1)
    ] = 4
    surplus: Surplus = True

    def __post_init__(self) -> None:
        """Refuse patches that a network cannot halve as often as it does."""
        multiple = DISCRIMINATOR_MULTIPLE if self.kind is Stage.photo else GENERATOR_MULTIPLE
        if self.patch % multiple:
            raise UsageError(
                f"--patch {self.patch} is not a multiple of {multiple}", f"{self.kind.value} needs one"
            )


def smallest_side(options: TrainDenoiseOptions) -> int:
    """Return the shortest side a picture may have: patches are cut out of, or shrunk from, twice theirs."""
    return 2 * options.patch


def trainer_settings(options: TrainDenoiseOptions) -> Mapping[str, int | float | str]:
    """Return the trainer settings that suit the kind: a GAN wants lower, even rates and a shorter average.

    A rate of 2e-3 made the widest level diverge.
    """
    if options.kind is Stage.photo:
        return {**FINISHING, "batch": 4, "warmup": 0.02}
    return {"batch": 8, "lr": 1e-3, "ema": 0.999, "clip": 0.5, "warmup": 0.02}


def losses(options: TrainDenoiseOptions) -> Mapping[str, float]:
    """Return the losses between pictures that suit the kind."""
    pixel = {"charbonnier": 1.0, GRID: 0.0}
    return pixel | {"perceptual": 0.3, GRID: 5.0} if options.kind is Stage.photo else pixel


def game(options: TrainDenoiseOptions) -> Mapping[str, int | float | str]:
    """Return the adversarial game's settings; the loss is the plain logistic one.

    The shipped weight's recipe goes without (docs/training.md).
    """
    return {"adversarial": 0.01}
