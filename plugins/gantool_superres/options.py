"""Options of `enhance superres` and what weights they name. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import typer

from gantool.errors import UsageError

SCALES = (2, 3, 4)


class Kind(StrEnum):
    """What a weight was trained for."""

    photo = "photo"
    robust = "robust"
    fidelity = "fidelity"


class Size(StrEnum):
    """How much work a weight does per pixel."""

    compact = "compact"
    large = "large"


def weight_id(scale: int, kind: Kind, size: Size) -> str:
    """Return the id under which the store keeps this weight, such as `superres-x4-photo-compact`."""
    return f"superres-x{scale}-{kind.value}-{size.value}"


def check_scale(scale: int) -> None:
    """Raise UsageError unless `scale` is one the networks are made for."""
    if scale not in SCALES:
        raise UsageError(f"--scale {scale} is not possible", "choose 2, 3 or 4")


@dataclass(frozen=True)
class SuperResOptions:
    """Options of `enhance superres`."""

    scale: Annotated[int, typer.Option(help="How many times larger: 2, 3 or 4.", min=2, max=4)] = 4
    kind: Annotated[
        Kind,
        typer.Option(
            help="photo: crisp, made by a GAN, for real photos. robust: the same without invented "
            "texture. fidelity: closest to the truth, for clean pictures that were only reduced."
        ),
    ] = Kind.photo
    size: Annotated[
        Size,
        typer.Option(
            help="compact: fast. large: four times slower, trained too briefly to be better yet; shipped for "
            "--scale 4 --kind fidelity alone."
        ),
    ] = Size.compact
    sharpness: Annotated[
        float | None,
        typer.Option(
            help="0 to 1: blend the weights of robust (0) and photo (1). Takes the place of --kind.",
            min=0.0,
            max=1.0,
        ),
    ] = None

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        check_scale(self.scale)
        if self.sharpness is not None and self.kind is Kind.fidelity:
            raise UsageError(
                "--sharpness blends robust and photo, not fidelity",
                "leave out --kind fidelity or --sharpness",
            )


def needed_weights(options: SuperResOptions) -> tuple[str, ...]:
    """Return one id, or two (robust, photo) when they are to be blended."""
    if options.sharpness is None:
        return (weight_id(options.scale, options.kind, options.size),)
    return (
        weight_id(options.scale, Kind.robust, options.size),
        weight_id(options.scale, Kind.photo, options.size),
    )


@dataclass(frozen=True)
class NetworkSize:
    """Width and depth of a generator."""

    width: int
    blocks: int


# compact: 312 thousand multiply-adds per LR pixel at x4, about three quarters of SPAN's.
# large: the same width, so that it can be grown from compact weights by adding blocks.
SIZES = {Size.compact: NetworkSize(width=48, blocks=7), Size.large: NetworkSize(width=48, blocks=32)}
