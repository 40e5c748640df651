"""Options of `train superres`, and the trainer settings that suit them. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from gantool.errors import UsageError
from gantool_superres.options import Kind, Size, check_scale

# The discriminator halves its input four times.
DISCRIMINATOR_MULTIPLE = 16


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
        typer.Option(help="Share of patches that are only reduced and compressed.", min=0.0, max=1.0),
    ] = 0.3
    pixel: Annotated[float, typer.Option(help="Weight of the Charbonnier loss.", min=0.0)] = 1.0
    perceptual: Annotated[float, typer.Option(help="Weight of the VGG loss (photo).", min=0.0)] = 0.3
    feature_samples: Annotated[
        int,
        typer.Option(help="Samples of a batch that the VGG loss sees, 0 for all; fewer are faster.", min=0),
    ] = 0
    adversarial: Annotated[float, typer.Option(help="Weight of the GAN loss (photo).", min=0.0)] = 0.15
    vgg: Annotated[
        Path | None,
        typer.Option(
            help="Stored VGG16 for the perceptual loss; default is what `gantool weights backbone` keeps."
        ),
    ] = None

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        check_scale(self.scale)
        side = self.patch * self.scale
        if self.kind is Kind.photo and side % DISCRIMINATOR_MULTIPLE:
            raise UsageError(
                f"--patch {self.patch} at scale {self.scale} makes HR patches of {side} pixels",
                f"photo needs a multiple of {DISCRIMINATOR_MULTIPLE}",
            )


def trainer_settings(options: TrainSuperResOptions) -> Mapping[str, int | float | str]:
    """Return the trainer settings that suit the kind: a GAN wants lower, even rates and a shorter average."""
    if options.kind is Kind.photo:
        return {"batch": 8, "lr": 4e-4, "lr_d": 4e-4, "ema": 0.998}
    return {"batch": 8, "lr": 2e-3, "ema": 0.999, "clip": 0.5}
