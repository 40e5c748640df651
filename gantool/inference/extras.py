"""The further pictures a task declares (`--mask`, `--style`): which goes with which input. Torch-free."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gantool.errors import ImageError, UsageError
from gantool.images.formats import PICTURE_SUFFIXES
from gantool.inference.sources import Found, why_missing
from gantool.paths import identity, is_folder
from gantool.task import Extra, Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ExtraSource:
    """What was given for a declared extra: a file for all inputs, or a folder with one for each.

    `step` says which of the tasks in a row declared it.
    """

    extra: Extra
    path: Path
    step: int = 0


@dataclass(frozen=True)
class ExtraFile:
    """The picture that goes with one input; `searched` tells that it was found in a folder."""

    extra: Extra
    path: Path
    searched: bool = False
    step: int = 0


@dataclass(frozen=True)
class ExtraPixels:
    """An extra in memory, (H, W, C); `name` is what messages call it."""

    extra: Extra
    pixels: NDArray[Any]
    name: str
    step: int = 0


def as_declared(extra: Extra, pixels: NDArray[Any], alpha: NDArray[Any] | None) -> NDArray[Any]:
    """Return what of a picture is the extra, (H, W, C).

    Of one that is to be grey that is its alpha, where alpha varies: who paints on a transparent layer, in
    whatever colour, marks what is painted. Else alpha says nothing.
    """
    if not extra.grey or alpha is None or bool((alpha == alpha.flat[0]).all()):
        return pixels
    return alpha[..., None]


def check_extras(
    declared: Sequence[Extra], given: Mapping[str, Path | None], step: int = 0
) -> tuple[ExtraSource, ...]:
    """Return what was given, checked.

    Raises:
        UsageError: A required one is missing.
        ImageError: A path does not exist.
    """
    sources = []
    for extra in declared:
        path = given.get(extra.name)
        if path is None:
            if extra.required:
                raise not_given(extra, f"--{extra.name} is needed")
            continue
        if problem := why_missing(path, f"--{extra.name} {path}"):
            raise problem
        sources.append(ExtraSource(extra, path, step))
    return tuple(sources)


def not_given(extra: Extra, plainly: str) -> UsageError:
    """Return what to raise where a required extra is not given: in its own words, or else `plainly`."""
    return UsageError(extra.missing or plainly, extra.remedy or "name its file")


@dataclass
class Shelves:
    """The pictures of folders by their stems, each folder listed once.

    It is made for one plan: what is added to a folder later is not found.
    """

    _listed: dict[Path, Mapping[str, Sequence[Path]]] = field(default_factory=dict)

    def named(self, folder: Path, stems: Sequence[str]) -> list[Path]:
        """Return the pictures with one of these stems, by name.

        Raises:
            ImageError: The folder cannot be read.
        """
        if folder not in self._listed:
            self._listed[folder] = _by_stem(folder)
        return sorted(path for stem in stems for path in self._listed[folder].get(stem, ()))


def _by_stem(folder: Path) -> Mapping[str, Sequence[Path]]:
    found = defaultdict[str, list[Path]](list)
    try:
        for path in folder.iterdir() if is_folder(folder) else ():
            if path.suffix.lower() in PICTURE_SUFFIXES:
                found[path.stem].append(path)
    except OSError as error:
        why = f"folder {folder} cannot be read ({error.strerror})"
        raise ImageError(why, "check its permissions") from error
    return dict(found)


def extras_for(found: Found, sources: Sequence[ExtraSource], shelves: Shelves) -> tuple[ExtraFile, ...]:
    """Return the extras of one input.

    Raises:
        ImageError: A folder holds none for it though one is required or aligned, or more than one.
    """
    files = ((source, _file_for(found, source, shelves)) for source in sources)
    return tuple(
        ExtraFile(source.extra, path, is_folder(source.path), source.step)
        for source, path in files
        if path is not None
    )


def _file_for(found: Found, source: ExtraSource, shelves: Shelves) -> Path | None:
    if not is_folder(source.path):
        return source.path
    name, stem = source.extra.name, found.place.stem
    folder = source.path / found.place.parent
    beside = identity(folder) == identity(found.path.parent)  # It may be spelled in another way.
    # `a.tif` beside `a.jpg` is another picture; in a folder of its own it is the extra.
    stems = (f"{stem}_{name}",) if beside else (stem, f"{stem}_{name}")
    fitting = shelves.named(folder, stems)
    if len(fitting) > 1:
        raise ImageError(
            f"{fitting[0]} and {fitting[1]} both fit {found.path} as --{name}", "leave one of them"
        )
    if not fitting and (source.extra.required or source.extra.aligned):
        raise ImageError(f"{folder} has no {stems[0]}.* for {found.path}", f"add one, see --{name}")
    return fitting[0] if fitting else None


def extras_of_step(given: Sequence[ExtraPixels], step: int, width: int, height: int) -> Mapping[str, Picture]:
    """Return the extras of one step, as declared: grey where they are to be grey.

    Args:
        given: the extras of all steps.
        step: whose are wanted.
        width: of the picture as it comes to the step, in pixels.
        height: of the same.

    Raises:
        ImageError: One must have the picture's size and has not.
    """
    from gantool.images import ArrayPicture

    pictures: dict[str, Picture] = {}
    for item in given:
        if item.step != step:
            continue
        pixels = _grey(item.pixels) if item.extra.grey else item.pixels
        if item.extra.fitted:
            pixels = _resized(pixels, width, height)
        else:
            _check_size(item, width, height)
        pictures[item.extra.name] = ArrayPicture(pixels)
    return pictures


def _check_size(item: ExtraPixels, width: int, height: int) -> None:
    own = item.pixels.shape[1], item.pixels.shape[0]
    if item.extra.aligned and own != (width, height):
        otherwise = f", unless {item.extra.resized_by} is given" if item.extra.resized_by else ""
        raise ImageError(
            f"{item.name} is {own[0]} x {own[1]} and its picture {width} x {height}",
            f"--{item.extra.name} takes a picture of the same size{otherwise}",
        )


def _resized(pixels: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """Return (height, width, C), each pixel taken from the nearest place: a mask's edges stay hard."""
    import numpy as np

    rows = np.arange(height) * pixels.shape[0] // height
    columns = np.arange(width) * pixels.shape[1] // width
    taken: NDArray[Any] = pixels[rows[:, None], columns]
    return taken


def _grey(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return (H, W, 1): luma of ITU-R BT.601, as Pillow's mode L."""
    import numpy as np

    if pixels.shape[2] == 1:
        return pixels
    luma = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    grey: NDArray[Any] = np.rint(luma)[..., None].astype(pixels.dtype)
    return grey
