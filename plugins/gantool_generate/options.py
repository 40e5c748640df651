"""Options of `sample generate`, and what weights they name. Torch-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from gantool_generate.config import LABEL_SEPARATOR

if TYPE_CHECKING:
    from gantool.weights.card import Card

DIGITS_WEIGHT = "generate-digits"


class CompareBy(StrEnum):
    """What made and real pictures are compared by."""

    auto = "auto"
    digits = "digits"
    vgg16 = "vgg16"
    pixels = "pixels"


@dataclass(frozen=True)
class GenerateOptions:
    """Options of `sample generate`."""

    compare_by: Annotated[
        CompareBy,
        typer.Option(
            help="What made and real pictures are compared by. digits: features of the digit classifier. "
            "vgg16: pooled, of the stored VGG16. pixels: pooled. auto: the first of these that suits them "
            "and is there."
        ),
    ] = CompareBy.auto


def needed_weights(options: GenerateOptions) -> tuple[str, ...]:
    """Return the id of the weight: the digits, where --weights names no other."""
    return (DIGITS_WEIGHT,)


def class_names(cards: Sequence[Card]) -> tuple[str, ...]:
    """Return the names of a weight's classes, as its card has them; empty without classes."""
    labels = str(cards[0].config.get("labels", ""))
    return tuple(labels.split(LABEL_SEPARATOR)) if labels else ()
