"""The flags of `gantool sample TASK`, and which of them can stand together. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from gantool.errors import UsageError
from gantool.flags import usual
from gantool.images.formats import of_name
from gantool.paths import exists, is_file, is_folder

ANIMATED = (".gif", ".webp")
_MOVING = "Between latents"
_REAL = "With real pictures"


class Mode(Enum):
    """What is made; the value is the flag that asks for it."""

    IMAGES = ""
    ROWS = "--interpolate"
    WALK = "--walk"
    PROJECT = "--project"
    AUGMENT = "--augment"


@dataclass(frozen=True)
class SampleFlags:
    """What every call has."""

    count: Annotated[
        int | None, typer.Option("--count", "-n", min=1, help="How many images, rows or stops; 1 usually.")
    ] = None
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same images.")] = 0
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR",
            help="Folder for the images, made where missing; this one usually, none where --grid is given.",
        ),
    ] = None  # fmt: skip
    grid: Annotated[Path | None, typer.Option(metavar="FILE", help="All images on one sheet.")] = None
    batch: Annotated[int, typer.Option(min=0, help="Images computed at once; 0 goes by their size.")] = 0
    weights: Annotated[
        list[str] | None,
        typer.Option(metavar="ID|FILE", help="Instead of the task's own; repeat where it needs several."),
    ] = None
    device: Annotated[str, typer.Option(metavar="auto|cpu|cuda|cuda:N|mps", help="What computes.")] = "auto"
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON line per file.")] = False


@dataclass(frozen=True)
class LatentFlags:
    """Which latents are drawn, for networks that offer it."""

    label: Annotated[
        str | None, typer.Option("--class", metavar="NAME", help="Images of this class alone.")
    ] = None
    truncation: Annotated[
        float | None,
        typer.Option(help="1: as varied as learned. Less: more typical. 0: the mean.", min=0.0, max=1.0),
    ] = None
    edit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=AMOUNT",
            help="Move along sefa-1, sefa-2 ... (found without labels), or class-A-B (from class A to B). "
            "sefa-1=-3:3 with --interpolate: a row from -3 to 3.",
        ),
    ] = None
    latent: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Start from what --project wrote; repeat for several."),
    ] = None


@dataclass(frozen=True)
class ModeFlags:
    """What is made, other than single images."""

    interpolate: Annotated[
        int | None,
        typer.Option(
            min=2, metavar="FRAMES", rich_help_panel=_MOVING,
            help="A row of so many images from one latent to the next; with --walk, between two stops.",
        ),
    ] = None  # fmt: skip
    walk: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.gif|.webp", rich_help_panel=_MOVING, help="A moving picture through -n latents."
        ),
    ] = None
    project: Annotated[
        Path | None,
        typer.Option(
            metavar="PICTURE", rich_help_panel=_REAL,
            help="Find its latent: writes NAME_TASK.png and NAME_TASK.safetensors beside it, or to -o.",
        ),
    ] = None  # fmt: skip
    steps: Annotated[
        int, typer.Option(min=0, rich_help_panel=_REAL, help="Of the optimisation of --project.")
    ] = 300
    augment: Annotated[
        Path | None,
        typer.Option(
            metavar="DATA", rich_help_panel=_REAL,
            help="Real pictures in class folders: make more of each class, like these but no copies, in -o.",
        ),
    ] = None  # fmt: skip
    per_class: Annotated[
        int, typer.Option(min=1, rich_help_panel=_REAL, help="Images that --augment makes of each class.")
    ] = 500

    @property
    def mode(self) -> Mode:
        """What is asked for; UsageError for two things at once."""
        rows = self.interpolate is not None and self.walk is None
        asked = {
            Mode.ROWS: rows,
            Mode.WALK: self.walk is not None,
            Mode.PROJECT: self.project is not None,
            Mode.AUGMENT: self.augment is not None,
        }
        modes = [mode for mode, is_asked in asked.items() if is_asked]
        if len(modes) > 1:
            raise UsageError(f"{modes[0].value} and {modes[1].value} are two things", "give one of them")
        return modes[0] if modes else Mode.IMAGES


@dataclass(frozen=True)
class Flags:
    """All flags of a call; `stated` are the fields of `made`, and of the task's own, on the command line.

    `comparing` are the task's own fields that only `--augment` heeds.
    """

    sample: SampleFlags
    latents: LatentFlags
    made: ModeFlags
    stated: frozenset[str] = frozenset()
    comparing: tuple[str, ...] = ()

    @property
    def mode(self) -> Mode:
        """What is asked for."""
        return self.made.mode

    @property
    def folder(self) -> Path | None:
        """Where single images go; None where only a sheet is wanted."""
        if self.sample.output is None:
            return None if self.sample.grid else Path()
        return self.sample.output

    def check(self) -> None:
        """Refuse what cannot be meant, before anything heavy."""
        mode, sample, latents = self.mode, self.sample, self.latents
        heeded = {"steps": Mode.PROJECT, **dict.fromkeys(("per_class", *self.comparing), Mode.AUGMENT)}
        for name, wanted in heeded.items():
            if name in self.stated and mode is not wanted:
                raise UsageError(
                    f"{usual(name)} is for {wanted.value} alone", f"leave it out, or add {wanted.value}"
                )
        if mode in (Mode.PROJECT, Mode.AUGMENT):
            drawn = {"--edit": latents.edit, "--class": latents.label, "--latent": latents.latent}
            for flag, value in {"--grid": sample.grid, "-n": sample.count, **drawn}.items():
                if value is not None:
                    raise UsageError(f"{mode.value} takes no {flag}", "leave it out")
        if latents.label is not None and latents.latent:
            raise UsageError("--latent has its class already", "leave out --class")
        if sample.grid is not None:
            check_target(sample.grid, sample.overwrite)
        if self.made.walk is not None:
            _check_walk(self.made.walk, sample)
        if self.made.project is not None and not is_file(self.made.project):
            raise UsageError(f"there is no picture {self.made.project}", "name a file")
        if self.made.augment is not None:
            _check_augment(self.made.augment, sample.output)


def check_target(path: Path, overwrite: bool) -> None:
    """Refuse a picture's file that cannot be written, or is there already."""
    format = of_name(path)
    if format is None or not format.writable:
        raise UsageError(f"{path} names no format that can be written", "call it .png, .jpg or .webp")
    _check_free(path, overwrite)


def _check_walk(path: Path, sample: SampleFlags) -> None:
    if path.suffix.lower() not in ANIMATED:
        raise UsageError(f"--walk {path} is no moving picture", "call it .gif or .webp")
    if sample.grid is not None or sample.output is not None:
        raise UsageError("--walk writes one file", "leave out --grid and -o")
    if sample.count == 1:
        raise UsageError("a walk through one latent leads nowhere", "give -n 2 or more")
    _check_free(path, sample.overwrite)


def _check_free(path: Path, overwrite: bool) -> None:
    if is_folder(path) or (exists(path) and not overwrite):
        raise UsageError(f"{path} exists", "choose another name, or --overwrite")
    if not is_folder(path.parent):
        raise UsageError(f"there is no folder {path.parent}", "make it first")


def _check_augment(data: Path, output: Path | None) -> None:
    if not exists(data):
        raise UsageError(f"there is no {data}", "name a folder with a folder of pictures for each class")
    if output is None:
        raise UsageError("--augment needs a folder to write to", "name it by -o")
    if exists(output) and (not is_folder(output) or any(output.iterdir())):
        raise UsageError(f"{output} is not empty", "name a new folder: a data set is written whole")
