"""What is kept of photographs, and how far their style came to the painting's.

Torch-free until a case or a metric is asked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gantool.errors import ImageError
from gantool.task import Case, Metric
from gantool_style_transfer.options import StyleOptions, check_painting

if TYPE_CHECKING:
    from torch import Tensor

    from gantool_style_transfer.judge import Figures

MAX_PIXELS = 100_000_000
SMALLEST_SIDE = 64
LONGEST = 1024
"""Larger pictures are reduced to this side before VGG16 sees them."""


@dataclass(frozen=True)
class EvaluateStyleOptions(StyleOptions):
    """Options of `evaluate style-transfer`."""

    painting: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What the style is measured against, where --style is a name."),
    ] = None
    backbone: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A stored VGG16 instead of that of `gantool weights backbone`."),
    ] = None

    def __post_init__(self) -> None:
        """Refuse a painting that is not there."""
        if self.painting is not None:
            check_painting(self.painting, "--painting")

    @property
    def measured_against(self) -> Path | None:
        """Return the painting whose style should be reached, None where nobody named it."""
        return self.painting or self.painting_file


@dataclass(frozen=True)
class Photographs:
    """Each photograph is a case: it goes in, and what comes out should keep what it shows."""

    folder: Path
    files: tuple[Path, ...]

    def __len__(self) -> int:
        """Return the number of cases."""
        return len(self.files)

    def __iter__(self) -> Iterator[Case]:
        """Yield the cases, decoded one by one; ImageError for a picture that cannot be used."""
        from gantool.images import ArrayPicture, decode

        for path in self.files:
            pixels = decode(path, max_pixels=MAX_PIXELS).pixels
            _check_sides(path, *pixels.shape[:2])
            # Grey photographs become paintings in colours: what is compared must have as many channels.
            photo = ArrayPicture(pixels.repeat(3, axis=2) if pixels.shape[2] == 1 else pixels)
            yield Case(str(path.relative_to(self.folder)), photo, photo)


def _check_sides(path: Path, height: int, width: int) -> None:
    """Refuse a picture that is too small to be measured, or once its longest side is reduced."""
    least = min(height, width)
    if least < SMALLEST_SIDE:
        raise ImageError(f"{path} is too small to be measured", f"sides need {SMALLEST_SIDE} pixels")
    if least * LONGEST < SMALLEST_SIDE * max(height, width):
        raise ImageError(
            f"{path} is too long to be measured: {width} x {height}",
            f"no side may be more than {LONGEST // SMALLEST_SIDE} times the other",
        )


def cases(options: EvaluateStyleOptions, folder: Path) -> Photographs:
    """Return the cases for the photographs under `folder`; UsageError where there is none."""
    from gantool.images.searching import find_pictures

    return Photographs(folder, find_pictures(folder))


def metrics(options: EvaluateStyleOptions) -> Mapping[str, Metric]:
    """Return what is kept, and, where the painting is known, what is reached.

    Raises:
        WeightError: there is no stored VGG16.
        ImageError: the painting cannot be used.
    """
    from gantool_style_transfer.judge import Judge

    judge = Judge.of(options.measured_against, options.backbone)

    def metric(pick: str) -> Metric:
        def figure(output: Tensor, clean: Tensor, case: Case) -> float:
            figures: Figures = judge.figures(output, clean)
            if math.isnan(figures.style):
                raise ImageError(
                    f"{case.name} is the painting itself: nothing is to be reached",
                    "take it out of the folder",
                )
            return float(getattr(figures, pick))

        return figure

    names = {"edges": "edges", "content": "content"}
    if options.measured_against is not None:
        names |= {"style": "style", "patches": "patches"}
    return {name: metric(pick) for name, pick in names.items()}


def _unusual(options: EvaluateStyleOptions) -> Iterator[str]:
    """Yield how was painted, as far as it is not as usual."""
    if options.strength != 1:
        yield f"strength {options.strength:g}"
    if options.keep_color:
        yield "colours kept"
    if options.stroke_size != 1:
        yield f"stroke size {options.stroke_size:g}"


def protocol(options: EvaluateStyleOptions) -> str:
    """Return the protocol in one line."""
    kept = (
        "edges: SSIM of the Sobel magnitudes of brightness; content: mean difference of VGG16's relu3_3 and "
        "relu4_3, in units of their mean activation"
    )
    kept += "".join(f"; {done}" for done in _unusual(options))
    painting = options.measured_against
    if painting is None:
        return f"{kept}; style not measured (--painting FILE names what against)"
    return (
        f"{kept}; style: distance of Gram matrices to {painting.name} over that of the untouched photograph, "
        "mean of relu1_2, relu2_2, relu3_3 and relu4_3; patches: the same of nearest 3x3 patches of relu2_2 "
        "and relu3_3, both ways; output in 8 bits, the painting's longest side at most 512"
    )
