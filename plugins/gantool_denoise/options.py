"""Options of `enhance denoise` and what weights they name. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from gantool.errors import UsageError

AUTO = "auto"
MOST_SIGMA = 60.0
"""A little above what the networks have seen."""


class Kind(StrEnum):
    """What a weight was trained for."""

    photo = "photo"
    gaussian = "gaussian"


class Size(StrEnum):
    """How much work a weight does per pixel."""

    compact = "compact"
    large = "large"


def weight_id(kind: StrEnum, size: Size) -> str:
    """Return the id of the weight of a kind or stage, such as `denoise-photo-compact`."""
    return f"denoise-{kind.value}-{size.value}"


def read_sigma(text: str) -> float | None:
    """Return the level that `--sigma` gives, None for auto.

    Raises:
        UsageError: it is neither auto nor a number from 0 to MOST_SIGMA.
    """
    return None if text == AUTO else read_level(text, f", or {AUTO}")


def read_level(text: str, otherwise: str = "") -> float:
    """Return the level that a part of `--sigma` gives; `otherwise` ends the remedies.

    Raises:
        UsageError: it is no number from 0 to MOST_SIGMA.
    """
    try:
        sigma = float(text)
    except ValueError:
        raise UsageError(f"cannot read --sigma {text!r}", f"write a level like 25{otherwise}") from None
    if not 0 <= sigma <= MOST_SIGMA:
        raise UsageError(
            f"--sigma {text} is out of range", f"give 0 to {MOST_SIGMA:g} (of 255 grey levels){otherwise}"
        )
    return sigma


@dataclass(frozen=True)
class DenoiseOptions:
    """Options of `enhance denoise`."""

    kind: Annotated[
        Kind,
        typer.Option(
            help="photo: for what cameras and JPEG do; a perceptual loss keeps texture. gaussian: for "
            "white noise, closest to the truth."
        ),
    ] = Kind.photo
    size: Annotated[Size, typer.Option(help="compact is fast; large is slower, for weights of your own.")] = (
        Size.compact
    )
    sigma: Annotated[
        str, typer.Option(help="The noise's level, of 255, or auto to estimate it.", metavar="auto|N")
    ] = AUTO
    strength: Annotated[
        float,
        typer.Option(help="0 to 1: how much of what was found to be noise is taken out.", min=0.0, max=1.0),
    ] = 1.0
    chroma_only: Annotated[
        bool, typer.Option("--chroma-only", help="Take out colour noise alone; brightness keeps its grain.")
    ] = False

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        read_sigma(self.sigma)

    @property
    def told_sigma(self) -> float | None:
        """Return the level that the network is told, of 255; None where it is to be estimated."""
        return read_sigma(self.sigma)


def needed_weights(options: DenoiseOptions) -> tuple[str, ...]:
    """Return the id of the weight."""
    return (weight_id(options.kind, options.size),)


@dataclass(frozen=True)
class NetworkSize:
    """Widths of a generator's levels and its numbers of blocks, as `DenoiseConfig` has them."""

    widths: tuple[int, int, int]
    blocks: tuple[int, int, int, int, int]


# compact: 105 thousand multiply-adds for a pixel, half of FFDNet's.
# large: the same widths, so that it can be grown from compact weights by adding blocks.
SIZES = {
    Size.compact: NetworkSize(widths=(64, 128, 192), blocks=(0, 1, 2, 1, 2)),
    Size.large: NetworkSize(widths=(64, 128, 192), blocks=(1, 2, 3, 2, 3)),
}
