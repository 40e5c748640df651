"""Training pictures that are not learned from are named; where too many are unreadable, the run stops."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from threading import Lock

from gantool.errors import ImageError, TrainError
from gantool.train.data.items import PictureFile
from gantool.train.events import EventKind

MOST_SKIPPED = 0.05
"""The part of a training set that may turn out unreadable. Beyond it, something is wrong with the set."""

MOST_NAMED = 8
"""Names in a line; a set may have thousands of small pictures."""


class LeftOut(str):
    """A note of pictures that are whole, but no use to this run; every other note is of an unreadable one."""


def kind_of(note: str) -> EventKind:
    """Return what a note of `Recipe.take_notes` is among a run's events."""
    return EventKind.LEFT_OUT if isinstance(note, LeftOut) else EventKind.UNREADABLE_PICTURE


class Skipped:
    """The pictures of a set of `total` that are not learned from; threads may add unreadable ones."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._first: ImageError | None = None
        self._names: set[str] = set()
        self._notes: deque[str] = deque()
        self._lock = Lock()

    @property
    def names(self) -> tuple[str, ...]:
        """The unreadable pictures found so far, sorted."""
        with self._lock:
            return tuple(sorted(self._names))

    def add(self, file: PictureFile, failure: ImageError) -> None:
        """Count a picture once and note why it was left out.

        Raises:
            TrainError: more than 5 % of the set are unreadable.
        """
        with self._lock:
            if str(file) not in self._names:
                self._names.add(str(file))
                self._first = self._first or failure
                found = f"{len(self._names)} of {self._total}"
                note = f"skipped an unreadable picture ({found}): {failure.message}"
                self._notes.append(_printable(note))
            if len(self._names) > MOST_SKIPPED * self._total:
                raise self._too_many()

    def leave_out(self, small: Sequence[PictureFile], size: int) -> None:
        """Note in one line, if there are any, the pictures that are too small for a crop of `size` pixels."""
        if small:
            count = "1 picture is" if len(small) == 1 else f"{len(small)} pictures are"
            names = ", ".join(file.name for file in small[:MOST_NAMED])
            names += ", ..." if len(small) > MOST_NAMED else ""
            note = f"{count} smaller than a crop ({size} x {size}) and left out: {names}"
            with self._lock:
                self._notes.append(LeftOut(_printable(note)))

    def take_notes(self) -> tuple[str, ...]:
        """Return what is new since the last call: a line for each unreadable picture, one for small ones."""
        with self._lock:
            notes = tuple(self._notes)
            self._notes.clear()
        return notes

    def _too_many(self) -> TrainError:
        assert self._first is not None  # noqa: S101 - nobody counts before `add` does
        return TrainError(
            f"{len(self._names)} of {self._total} training pictures cannot be read, more than "
            f"{MOST_SKIPPED:.0%}; the first: {self._first.message}",
            "`gantool data check` names all of them; mend or remove them",
        )


def _printable(note: str) -> str:
    """Return the note so that it can be written: logs are UTF-8, and a name may not be."""
    return note.encode(errors="backslashreplace").decode()
