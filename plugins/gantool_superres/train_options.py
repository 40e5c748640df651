"""Options of `train superres`, and the trainer settings that suit them. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import typer

from gantool.errors import UsageError
from gantool.train.settings import FINISHING, Surplus
from gantool_superres.options import Kind, Size, check_scale

# The discriminator halves its input four times.
DISCRIMINATOR_MULTIPLE = 16

GRID, WEAVE = "grid", "weave"
OWN_LOSSES = (GRID, WEAVE)
"""Losses beside the common ones (gantool.train.losses.grid)."""


@dataclass(frozen=True)
class TrainSuperResOptions:
    """Options of `train superres`."""

    scale: Annotated[int, typer.Option(help="How many times larger: 2, 3 or 4.", min=2, max=4)] = 4
    kind: Annotated[
        Kind,
        typer.Option(
            help="fidelity: pictures are only reduced (bicubic). robust: blurred, noisy and compressed too. "
            "photo: as robust, finished with a GAN; start it from robust weights with --init."
        ),
    ] = Kind.fidelity
    size: Annotated[Size, typer.Option(help="compact or large generator.")] = Size.compact
    patch: Annotated[int, typer.Option(help="Side of a training patch in LR pixels.", min=16)] = 48
    light: Annotated[
        float,
        typer.Option(
            help="With robust and photo: share of patches only reduced and compressed.", min=0.0, max=1.0
        ),
    ] = 0.3
    sharpen: Annotated[
        float,
        typer.Option(help="How much stronger edges of the targets are made; 0 is not at all.", min=0.0),
    ] = 0.0
    surplus: Surplus = True

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        check_scale(self.scale)
        side = self.patch * self.scale
        if self.kind is Kind.photo and side % DISCRIMINATOR_MULTIPLE:
            raise UsageError(
                f"--patch {self.patch} at scale {self.scale} makes HR patches of {side} pixels",
                f"photo needs a multiple of {DISCRIMINATOR_MULTIPLE}",
            )


def smallest_side(options: TrainSuperResOptions) -> int:
    """Return the side of an HR patch in pixels: smaller pictures are left out."""
    return options.patch * options.scale


def trainer_settings(options: TrainSuperResOptions) -> Mapping[str, int | float | str]:
    """Return the trainer settings that suit the kind."""
    if options.kind is Kind.photo:
        return {**FINISHING, "batch": 8, "lr": 1e-4}
    return {"batch": 8, "lr": 2e-3, "ema": 0.999, "clip": 0.5}


def losses(options: TrainSuperResOptions) -> Mapping[str, float]:
    """Return the losses between pictures that suit the kind."""
    pixel = {"charbonnier": 1.0, GRID: 0.0, WEAVE: 0.0}
    finishing = {"perceptual": 0.3, GRID: 20.0, WEAVE: 2.0, "colour": 4.0}
    return pixel | finishing if options.kind is Kind.photo else pixel


def game(options: TrainSuperResOptions) -> Mapping[str, int | float | str]:
    """Return the adversarial game's settings; the loss is the plain logistic one, as Real-ESRGAN's."""
    return {"adversarial": 0.03}
