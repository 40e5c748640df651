"""Options of `enhance style-transfer` and what weights they name. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from gantool.errors import UsageError, nearest
from gantool.paths import is_file

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
            help="Needed, unless --weights names a style's own: a style by its name, as "
            "`gantool weights list` has it behind style-transfer-; or a painting's file.",
        ),
    ] = ""
    strength: Annotated[
        float,
        typer.Option(
            help="0 to 1: how much of the painted picture is laid over the photograph.", min=0.0, max=1.0
        ),
    ] = 1.0
    keep_color: Annotated[
        bool,
        typer.Option("--keep-color", help="Paint the brightness alone; the photograph keeps its colours."),
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
        return path if self.style and (looks_so or is_file(path)) else None


def needed_weights(options: StyleOptions) -> tuple[str, ...]:
    """Return the id of the weight: the style's own, or the one for any painting.

    Without a style it is the latter, too, which then asks for one; `--weights` may name a style's own.

    Raises:
        UsageError: there is no such style, or the painting's file does not exist.
    """
    painting = options.painting_file
    if painting is not None:
        check_painting(painting, "--style")
    elif options.style and options.style not in known_styles():
        raise _unknown(options.style)
    return (f"{PREFIX}{options.style}" if options.style and painting is None else ANY,)


def files(options: StyleOptions) -> tuple[Path, ...]:
    """Return the painting, where one is given."""
    painting = options.painting_file
    return () if painting is None else (painting,)


def check_painting(path: Path, flag: str) -> None:
    """Raise UsageError where no file lies at the path that a flag gave."""
    if not is_file(path):
        raise UsageError(f"{flag} {path} does not exist", "check the name of the painting's file")


def style_needed() -> UsageError:
    """Return what to raise where no style is named, with the list."""
    return UsageError("--style is needed", f"a painting's file, or one of {_listed(known_styles())}")


def known_styles() -> tuple[str, ...]:
    """Return the names of the styles whose weights are in the store, sorted."""
    from gantool.weights.files import SUFFIX
    from gantool.weights.folders import folders

    ids = {path.name.removesuffix(SUFFIX) for folder in folders() for path in folder.files()}
    return tuple(sorted(name.removeprefix(PREFIX) for name in ids - {ANY} if name.startswith(PREFIX)))


def _unknown(style: str) -> UsageError:
    known = known_styles()
    close = nearest(style, known)
    hint = f"{close} The styles are" if close.startswith("did") else "the styles are"
    return UsageError(f"there is no style {style!r}", f"{hint} {_listed(known)}; or give a painting's file")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "none that is installed"
