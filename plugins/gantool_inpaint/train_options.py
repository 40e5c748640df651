"""Options of `train inpaint`, and the settings that suit them. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from gantool.errors import UsageError
from gantool.train.settings import FINISHING, Surplus
from gantool_inpaint.options import Kind

# Of the generator's three levels and of the discriminator's four.
GENERATOR_MULTIPLE, DISCRIMINATOR_MULTIPLE = 8, 16

GRID, LOG_MSE = "grid", "log_mse"
OWN_LOSSES = (GRID, LOG_MSE)
"""Losses beside the common ones: see `InpaintRecipe.own_losses`."""


@dataclass(frozen=True)
class TrainInpaintOptions:
    """Options of `train inpaint`."""

    kind: Annotated[
        Kind,
        typer.Option(
            help="fidelity: closest to the truth. photo: finished with a GAN, so that holes look real; "
            "start it from fidelity weights with --init."
        ),
    ] = Kind.fidelity
    patch: Annotated[int, typer.Option(help="Side of a training patch.", min=32)] = 128
    surplus: Surplus = True

    def __post_init__(self) -> None:
        """Refuse patches that a network cannot halve as often as it does."""
        multiple = DISCRIMINATOR_MULTIPLE if self.kind is Kind.photo else GENERATOR_MULTIPLE
        if self.patch % multiple:
            raise UsageError(
                f"--patch {self.patch} is not a multiple of {multiple}", f"{self.kind.value} needs one"
            )


def smallest_side(options: TrainInpaintOptions) -> int:
    """Return the shortest side a picture may have."""
    return options.patch


def trainer_settings(options: TrainInpaintOptions) -> Mapping[str, int | float | str]:
    """Return the trainer settings that suit the kind: a GAN wants lower, even rates and a shorter average."""
    if options.kind is Kind.photo:
        return {**FINISHING, "batch": 4, "warmup": 0.02}
    return {"batch": 8, "lr": 1e-3, "ema": 0.999, "clip": 0.5, "warmup": 0.02}


def losses(options: TrainInpaintOptions) -> Mapping[str, float]:
    """Return the losses that suit the kind."""
    if options.kind is Kind.photo:
        return {LOG_MSE: 0.0, "l1": 0.5, "perceptual": 1.0, GRID: 2.0}
    return {LOG_MSE: 1.0, GRID: 0.0}


def game(options: TrainInpaintOptions) -> Mapping[str, int | float | str]:
    """Return the adversarial game's settings; the loss is the plain logistic one."""
    return {"adversarial": 0.03}
