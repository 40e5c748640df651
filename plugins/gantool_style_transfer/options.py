"""Options of `enhance style-transfer` and what weights they name. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from gantool.errors import UsageError, nearest

PREFIX = "style-transfer-"
ANY = f"{PREFIX}any"
LEAST_STROKE, MOST_STROKE = 0.5, 2.0


@dataclass(frozen=True)
class StyleOptions:
    """Options of `enhance style-transfer`."""

    style: Annotated[
        str,
        typer.Option(
            metavar="NAME|FILE",
            show_default=False,
            help="A style by its name, as `gantool weights list` has it behind style-transfer-; or a "
            "painting's file.",
        ),
    ] = ""
    strength: Annotated[
        float,
        typer.Option(help="0 to 1: how much of the painted picture is laid over the photograph.", min=0.0, max=1.0),
    ] = 1.0
    keep_color: Annotated[
        bool, typer.Option("--keep-color", help="Paint the brightness alone; the photograph keeps its colours.")
    ] = False
    stroke_size: Annotated[
        float,
        typer.Option(
            help="0.5 to 2: size of the strokes, 1 as the weight learned them; in sixteenths.",
            min=LEAST_STROKE,
            max=MOST_STROKE,
        ),
    ] = 1.0

    @property
    def painting_file(self) -> Path | None:
        """Return the painting, where `style` is one rather than a name."""
        from gantool.images.formats import PICTURE_SUFFIXES

        path = Path(self.style)
        looks_so = path.suffix.lower() in PICTURE_SUFFIXES
        return path if self.style and (looks_so or path.is_file()) else None


def needed_weights(options: StyleOptions) -> tuple[str, ...]:
    """Return the id of the weight: the style's own, or the one for any painting.

    Raises:
        UsageError: there is no such style, none is named, or the painting's file does not exist.
    """
    painting = options.painting_file
    if painting is not None:
        check_painting(painting)
        return (ANY,)
    known = known_styles()
    if not options.style:
        raise UsageError("--style is needed", f"a painting's file, or one of {_listed(known)}")
    if options.style not in known:
        close = nearest(options.style, known)
        hint = f"{close} The styles are" if close.startswith("did") else "the styles are"
        raise UsageError(
            f"there is no style {options.style!r}", f"{hint} {_listed(known)}; or give a painting's file"
        )
    return (f"{PREFIX}{options.style}",)


def check_painting(path: Path) -> Path:
    """Return `path`; UsageError where no file lies there."""
    if not path.is_file():
        raise UsageError(f"--style {path} does not exist", "name a painting's file, or a style")
    return path


def known_styles() -> tuple[str, ...]:
    """Return the names of the styles whose weights are in the store, sorted."""
    from gantool.weights.files import SUFFIX
    from gantool.weights.folders import folders

    ids = {path.name.removesuffix(SUFFIX) for folder in folders() for path in folder.files()}
    return tuple(sorted(name.removeprefix(PREFIX) for name in ids - {ANY} if name.startswith(PREFIX)))


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none that is installed"
