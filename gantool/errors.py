"""Expected failures: each is one line that names the thing and the remedy, with an exit code.

Anything that is not a `GantoolError` is a bug and keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from enum import Enum

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


class Code(Enum):
    """A kind of failure: a number that stays, what it means, and what helps where nothing nearer is known.

    A number is never given to anything else; `docs/errors.md` is made of this table.
    """

    USAGE = "GT100", "the command, or a combination of its options, means nothing", "see the command's --help"
    PLUGIN = "GT200", "a plugin does not load, or does not keep the contract", "see `gantool plugins list`"
    IMAGE = "GT300", "a picture cannot be read or written", "give another file, or another --format"
    IMAGE_DAMAGED = "GT301", "a picture is damaged or cut short", "copy or download it again"
    IMAGE_TOO_LARGE = (
        "GT302",
        "a picture has more pixels than are read",
        "reduce it, or raise --max-pixels of `enhance` if you trust it",
    )
    IMAGE_UNKNOWN = "GT303", "a file is no picture, or of no format that is read", "convert it"
    IMAGE_MISSING = "GT304", "a picture is not there, empty or not readable", "check the name"
    WEIGHT = "GT400", "a weight file cannot be used", "see `gantool weights list`"
    WEIGHT_DAMAGED = "GT401", "a weight file is damaged or not what its checksum says", "get it again"
    WEIGHT_REFUSED = "GT402", "a weight file asks to be executed", "save its tensors as safetensors"
    TRAIN = "GT500", "a training set, recipe or run folder cannot be used", "see docs/training.md"
    DEVICE = "GT600", "a device is not there", "take --device auto or cpu"
    DEVICE_LOST = "GT601", "a device failed while it computed", "call it again, perhaps with --device cpu"
    MEMORY = "GT602", "there is not enough memory", "close other programs, or take a smaller picture"
    DISK_FULL = "GT701", "no space is left", "free some, or choose another folder"
    UNWRITABLE = "GT702", "a file or folder cannot be written", "choose a folder you can write to"

    def __init__(self, number: str, meaning: str, remedy: str) -> None:
        self.number = number
        self.meaning = meaning
        self.remedy = remedy


class GantoolError(Exception):
    """An expected failure. `message` names the thing, `remedy` says what to do about it."""

    kind: Code

    def __init__(self, message: str, remedy: str = "", kind: Code | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind or type(self).kind
        self.remedy = remedy or self.kind.remedy

    @property
    def code(self) -> str:
        """The number of the kind of failure."""
        return self.kind.number

    @property
    def exit_code(self) -> int:
        """What the command line ends with."""
        return EXIT_USAGE if self.kind is Code.USAGE else EXIT_FAILED

    def __str__(self) -> str:
        """Return message and remedy as one line."""
        text = f"{self.message}; {self.remedy}"
        return " ".join(text.split())


class UsageError(GantoolError):
    """The command cannot mean anything: a wrong option, task or combination."""

    kind = Code.USAGE


class PluginError(GantoolError):
    """A plugin does not load, or does not keep the contract."""

    kind = Code.PLUGIN


class ImageError(GantoolError):
    """A picture that cannot be read or written."""

    kind = Code.IMAGE


class WeightError(GantoolError):
    """A weight file that is missing, damaged, or made for something else."""

    kind = Code.WEIGHT


class TrainError(GantoolError):
    """A training set, recipe or run folder that cannot be used."""

    kind = Code.TRAIN


class DeviceError(GantoolError):
    """A device that is not there, or has no memory left."""

    kind = Code.DEVICE


class LostDeviceError(DeviceError):
    """A device that failed while it computed: nothing more can be computed on it by this process."""

    kind = Code.DEVICE_LOST


def as_failed(number: str, reason: str) -> GantoolError:
    """Return the error that was told as a number and a line, `message; remedy`, of its class again."""
    kind = next((kind for kind in Code if kind.number == number), Code.IMAGE)
    families = {each.kind.number[:-2]: each for each in (UsageError, WeightError, DeviceError)}
    family = LostDeviceError if kind is Code.DEVICE_LOST else families.get(kind.number[:-2], ImageError)
    message, _, remedy = reason.partition("; ")
    return family(message, remedy, kind)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `did you mean X?`, or the list of known words when none is close."""
    names = sorted(known)
    close = difflib.get_close_matches(word, names, n=3, cutoff=0.5)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return f"known: {', '.join(names)}" if names else "none is known"
