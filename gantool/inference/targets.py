"""Where results go, and in which format. Torch-free."""

from __future__ import annotations

import glob
import os
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from gantool.errors import Code, ImageError, UsageError
from gantool.images.formats import SEVERAL, WRITABLE, ImageFormat, of_name
from gantool.inference.sources import STREAM, Found
from gantool.paths import exists, is_folder


class Place(Enum):
    """What `-o` means."""

    BESIDE = "beside the input"
    FOLDER = "in a folder"
    FILE = "in the one file named"
    STDOUT = "to stdout"


@dataclass(frozen=True)
class Output:
    """Where results go. `suffix` is what `--suffix` says, or None; `default_suffix` is `_TASK`."""

    place: Place
    path: Path
    default_suffix: str
    suffix: str | None = None
    format: ImageFormat | None = None

    @property
    def name_suffix(self) -> str:
        """What is put behind a name: in a folder of their own, results keep their names."""
        if self.suffix is not None:
            return self.suffix
        return self.default_suffix if self.place is Place.BESIDE else ""

    def target(self, found: Found, format: ImageFormat, number: str = "") -> Path:
        """Return the path for the result of `found` in `format`; `number` tells it from others of `found`."""
        if self.place in (Place.FILE, Place.STDOUT):
            return self.path
        suffix = found.path.suffix
        kept = suffix if of_name(found.path) is format and suffix.lower() not in SEVERAL else format.suffix
        stem = found.place.stem if of_name(found.place) else found.place.name  # `scan.01` has no suffix.
        name = stem + self.name_suffix + number + kept
        return (
            found.path.with_name(name)
            if self.place is Place.BESIDE
            else self.path / found.place.parent / name
        )

    def check_writable(self) -> None:
        """Raise ImageError where the folder named cannot be written to."""
        if self.place is Place.FOLDER:
            raise_unwritable(self.path)
        elif self.place is Place.FILE:
            raise_unwritable(self.path.parent)


def understand_output(
    wanted: str | None,
    inputs: tuple[str, ...],
    *,
    default_suffix: str,
    suffix: str | None,
    format: ImageFormat | None,
) -> Output:
    """Return what `-o`, `--suffix` and `--format` mean for these inputs.

    `-o` is a folder where it is one, ends in a slash or has no picture's suffix, and a file else. For a
    single picture an unknown suffix (`x.xyz`) is refused: a file was meant, or a slash was left out.

    Raises:
        UsageError: They contradict one another, or cannot be written.
    """
    if suffix is not None and ("/" in suffix or os.sep in suffix):
        raise UsageError(f"--suffix {suffix} holds a slash", "a folder is named by -o")
    if format is not None and not format.writable:
        raise UsageError(f"--format {format} cannot be written", f"choose {', '.join(WRITABLE)}")
    if str(STREAM) in inputs and len(inputs) > 1:
        raise UsageError("- (stdin) is one picture and stands alone", "leave out the other inputs")
    if wanted == str(STREAM) or (wanted is None and inputs == (str(STREAM),)):
        return Output(Place.STDOUT, STREAM, default_suffix, suffix, format)
    if wanted is None:
        return Output(Place.BESIDE, Path(), default_suffix, suffix, format)
    if _is_folder(wanted):
        _refuse_unknown_file(wanted, inputs)
        return Output(Place.FOLDER, Path(wanted), default_suffix, suffix, format)
    return Output(Place.FILE, Path(wanted), default_suffix, suffix, _format_of_file(Path(wanted), format))


def _is_folder(wanted: str) -> bool:
    return is_folder(Path(wanted)) or wanted.endswith(("/", os.sep)) or of_name(Path(wanted)) is None


def _refuse_unknown_file(wanted: str, inputs: tuple[str, ...]) -> None:
    """Refuse what was to be one picture's result, of a format nobody knows, before it becomes a folder."""
    ending = Path(wanted).suffix
    stated = is_folder(Path(wanted)) or wanted.endswith(("/", os.sep))
    several = len(inputs) != 1 or is_folder(Path(inputs[0])) or glob.has_magic(inputs[0])
    if stated or several or not re.fullmatch(r"\.[A-Za-z][A-Za-z0-9]{1,4}", ending):
        return
    raise UsageError(
        f"-o {wanted}: {ending} is no format that can be written",
        f"choose {', '.join(WRITABLE)}; a folder of this name is {wanted}{os.sep}",
    )


def _format_of_file(path: Path, format: ImageFormat | None) -> ImageFormat:
    named = of_name(path)
    if named is None or not named.writable:
        raise UsageError(f"-o {path}: {named} cannot be written", f"choose {', '.join(WRITABLE)}")
    if format not in (None, named):
        raise UsageError(f"-o {path} and --format {format} contradict one another", "leave one out")
    return named


def raise_unwritable(folder: Path) -> None:
    """Raise ImageError unless `folder` can be written to, or made."""
    existing = next((part for part in (folder, *folder.absolute().parents) if exists(part)), None)
    if existing is None:
        raise ImageError(f"folder {folder} cannot be made: none above it exists", kind=Code.UNWRITABLE)
    if not is_folder(existing):
        raise ImageError(f"{existing} is no folder", kind=Code.UNWRITABLE)
    if not os.access(existing, os.W_OK | os.X_OK):
        raise ImageError(f"folder {existing} is not writable", kind=Code.UNWRITABLE)
