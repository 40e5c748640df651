"""Options of `enhance inpaint` and what weights they name. Torch-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated

import typer

from gantool.task import Extra, LoadedWeight
from gantool_inpaint.sources import Sources, read_box, read_found, read_polygon

MOST_DILATION = 256
MOST_FEATHER = 32
MOST_VARIANTS = 8

MASK = Extra(
    "mask",
    "Where to fill: a picture, white there, or a folder with NAME.* or NAME_mask.* for each input. Or name "
    "the holes by --mask-from, --box or --polygon; what several of these mark is united.",
    aligned=True,
    grey=True,
    required=True,
    resized_by="--fit-mask",
    missing="nothing says where to fill",
    remedy="give --mask FILE, --box, --polygon or --mask-from",
    options=("invert_mask", "fit_mask"),
)


class Kind(StrEnum):
    """What a weight was trained for."""

    photo = "photo"
    fidelity = "fidelity"


def weight_id(kind: Kind) -> str:
    """Return the id under which the store keeps this weight, such as `inpaint-photo`."""
    return f"inpaint-{kind.value}"


@dataclass(frozen=True)
class InpaintOptions:
    """Options of `enhance inpaint`."""

    kind: Annotated[
        Kind,
        typer.Option(help="photo: plausible texture, by a GAN. fidelity: smoother, closest to what was."),
    ] = Kind.photo
    mask_from: Annotated[
        list[str] | None,
        typer.Option(
            metavar="alpha|scratches|color:#RRGGBB[~N]",
            help="Fill what is not opaque, what a detector takes for scratches and specks, or what has a "
            "colour (each channel within N of 255). May be repeated.",
        ),
    ] = None
    box: Annotated[
        list[str] | None, typer.Option(metavar="X,Y,W,H", help="Fill this box, in pixels. May be repeated.")
    ] = None
    polygon: Annotated[
        list[str] | None,
        typer.Option(metavar='"X,Y X,Y X,Y"', help="Fill inside these corners. May be repeated."),
    ] = None
    invert_mask: Annotated[
        bool, typer.Option("--invert-mask", help="In --mask, black means fill instead of white.")
    ] = False
    fit_mask: Annotated[
        bool, typer.Option("--fit-mask", help="Bring a --mask of another size to the picture's.")
    ] = False
    dilate: Annotated[
        int, typer.Option(min=0, max=MOST_DILATION, help="Let holes grow by so many pixels on all sides.")
    ] = 0
    feather: Annotated[
        int,
        typer.Option(
            min=0,
            max=MOST_FEATHER,
            help="Blend the fill with what was there over so many pixels inside a hole's edge.",
        ),
    ] = 0
    variants: Annotated[
        int,
        typer.Option(
            min=1,
            max=MOST_VARIANTS,
            help="Make so many candidates, NAME_inpaint-1 and on: the network looks at the picture turned, "
            "mirrored, in other channel orders and from farther away.",
        ),
    ] = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be read."""
        _ = self.sources

    @property
    def sources(self) -> Sources:
        """What marks holes beside a mask file; UsageError where it cannot be read."""
        return Sources(
            tuple(read_found(text) for text in self.mask_from or ()),
            tuple(read_box(text) for text in self.box or ()),
            tuple(read_polygon(text) for text in self.polygon or ()),
        )


def extras_for(options: InpaintOptions) -> tuple[Extra, ...]:
    """Return the mask: needed unless something else marks holes."""
    return (replace(MASK, required=not options.sources, fitted=options.fit_mask),)


def candidates(options: InpaintOptions) -> int:
    """Return how many results are asked for."""
    return options.variants


def kind_of(options: InpaintOptions, weights: Sequence[LoadedWeight]) -> Kind:
    """Return what the weight was trained for by its card, which `--weights` may name; else the option."""
    card = weights[0].card
    said = card.recipe.get("kind", card.summary)
    return Kind(said) if said in list(Kind) else options.kind


def needed_weights(options: InpaintOptions) -> tuple[str, ...]:
    """Return the id of the weight."""
    return (weight_id(options.kind),)
