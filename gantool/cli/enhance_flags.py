"""The flags every task's `enhance` has. Torch-free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, make_dataclass
from pathlib import Path, PurePath
from typing import Annotated, Any

import typer

from gantool.errors import UsageError
from gantool.images.formats import WRITABLE, ImageFormat, of_name
from gantool.inference.backend import TORCH, Backend
from gantool.inference.ensemble import check_tta
from gantool.inference.precision import Precision
from gantool.inference.result import AUTO_TILE, MAX_PIXELS
from gantool.task import Extra

_FORMATS = "|".join(WRITABLE)


def parse_tile(value: str | int) -> int:
    """Return the tile size a flag names, `AUTO_TILE` for `auto`."""
    if value in ("auto", AUTO_TILE):
        return AUTO_TILE
    if not str(value).isdecimal():
        raise typer.BadParameter(f"{value} is neither auto nor a number of pixels")
    return int(value)


def parse_backend(value: str | Backend) -> Backend:
    """Return the backend a flag names."""
    if isinstance(value, Backend):
        return value
    if value in ("torch", "onnx"):
        return Backend(onnx=value == "onnx")
    if not value.endswith(".onnx"):
        raise typer.BadParameter(f"{value} is neither torch, onnx nor a file called so")
    return Backend(onnx=True, file=Path(value))


def parse_tta(value: str | int) -> int:
    """Return the number of views a flag names."""
    if not str(value).isdecimal():
        raise typer.BadParameter(f"{value} is no number of views")
    return check_tta(int(value))


def parse_format(value: str) -> ImageFormat:
    """Return the writable format that `png`, `jpg`, `jpeg` and so on stand for."""
    format = of_name(PurePath(f"x.{value}"))
    if format is None or not format.writable:
        raise typer.BadParameter(f"{value} cannot be written; choose {_FORMATS}")
    return format


@dataclass(frozen=True)
class OutputFlags:
    """Where results go and what they are."""

    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="DIR|FILE|-", help="Folder or file for the results, - for stdout."
        ),
    ] = None
    suffix: Annotated[str | None, typer.Option(help="Put behind the name instead of _TASK.")] = None
    format: Annotated[
        ImageFormat | None,
        typer.Option(parser=parse_format, metavar=_FORMATS, help="Default: the input's, where possible."),
    ] = None
    quality: Annotated[
        int | None,
        typer.Option(
            min=1, max=100, help="Of JPEG, WebP and AVIF; 92 by default, and a lossless WebP stays so."
        ),
    ] = None
    longest: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Reduce a result until no side is above N pixels."),
    ] = None
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results that exist.")] = False
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="Write a page to compare before and after on, in one file."),
    ] = None
    strip_metadata: Annotated[
        bool, typer.Option("--strip-metadata", help="Leave out all but what the colours need.")
    ] = False


@dataclass(frozen=True)
class WeightFlags:
    """Which weights a task takes."""

    weights: Annotated[
        list[str] | None,
        typer.Option(metavar="ID|FILE", help="Instead of the task's own; repeat where it needs several."),
    ] = None


@dataclass(frozen=True)
class RunFlags:
    """How the work is done."""

    device: Annotated[str, typer.Option(metavar="auto|cpu|cuda|cuda:N|mps", help="What computes.")] = "auto"
    precision: Annotated[Precision, typer.Option(help="auto: the fastest safe one of the device.")] = (
        Precision.AUTO
    )
    tile: Annotated[
        int,
        typer.Option(
            parser=parse_tile,
            metavar="auto|0|N",
            show_default=False,
            help="Pixels per side of a tile; 0 for one piece. The result is the same.",
        ),
    ] = AUTO_TILE
    tta: Annotated[
        int,
        typer.Option(
            parser=parse_tta,
            metavar="1|2|4|8",
            help="Average so many turned and mirrored views: higher PSNR, softer, as many times slower.",
        ),
    ] = 1
    backend: Annotated[
        Backend,
        typer.Option(
            parser=parse_backend,
            metavar="torch|onnx|FILE.onnx",
            show_default=False,
            help="onnx runs the network in onnxruntime, from FILE or exported for the purpose.",
        ),
    ] = TORCH
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="Go into folders in folders.")] = False
    manifest: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Note what was done, and skip what FILE notes and is unchanged."),
    ] = None
    max_pixels: Annotated[int, typer.Option(min=1, help="Refuse larger inputs.")] = MAX_PIXELS
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be read and written.")] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line per image.")] = False


def extra_flags(extras: Sequence[Extra]) -> type[Any]:
    """Return a dataclass with one option for each declared extra: the paths given, `one_path` takes one."""
    return make_dataclass("ExtraFlags", [_flag(extra) for extra in extras], frozen=True)


def _flag(extra: Extra) -> tuple[str, Any, Any]:
    kind = "FILE|DIR" if extra.aligned else "FILE"
    option = typer.Option(f"--{extra.name}", metavar=kind, help=extra.help)
    return extra.name.replace("-", "_"), Annotated[list[Path] | None, option], field(default=None)


def one_path(extra: Extra, paths: Sequence[Path] | None) -> Path | None:
    """Return the path given for an extra; UsageError for several, of which a plain option takes the last."""
    if paths and len(paths) > 1:
        raise UsageError(f"--{extra.name} is given {len(paths)} times", "give it once")
    return paths[0] if paths else None
