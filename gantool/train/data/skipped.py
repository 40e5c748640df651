"""Training pictures that cannot be read: left out, counted and named, until they are too many."""

from __future__ import annotations

from collections import deque
from threading import Lock

from gantool.errors import ImageError, TrainError
from gantool.train.data.items import PictureFile

MOST_SKIPPED = 0.05
"""The part of a training set that may turn out unreadable. Beyond it, something is wrong with the set."""


class Skipped:
    """The unreadable pictures of a set of `total`; threads may add to it."""

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
                # Logs are UTF-8, and a name may not be.
                self._notes.append(note.encode(errors="backslashreplace").decode())
            if len(self._names) > MOST_SKIPPED * self._total:
                raise self._too_many()

    def take_notes(self) -> tuple[str, ...]:
        """Return a line for each picture that was left out since the last call."""
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
