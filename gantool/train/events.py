"""What happened to a run, one JSON object a line in `events.jsonl`, for whoever comes later. Torch-free."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from gantool.errors import TrainError

EVENTS_FILE = "events.jsonl"


class EventKind(StrEnum):
    """What a line tells of. `NOTE` is all that this version has no word for."""

    STARTED = "started"
    RESUMED = "resumed"
    STOPPED = "stopped"
    FINISHED = "finished"
    EXPORTED = "exported"
    PAUSED = "paused"
    SKIPPED_STEP = "skipped-step"
    ROLLED_BACK = "rolled-back"
    UNREADABLE_PICTURE = "unreadable-picture"
    LEFT_OUT = "left-out"
    WARNING = "warning"
    NOTE = "note"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Event:
    """Something that happened at `step`; `text` is a sentence for people, `time` is in UTC."""

    step: int
    kind: EventKind
    text: str
    time: datetime = field(default_factory=_now)

    def to_line(self) -> str:
        """Return the event as one line of JSON, without the line's end."""
        record = {
            "step": self.step,
            "time": self.time.isoformat(),
            "kind": self.kind.value,
            "text": self.text,
        }
        return json.dumps(record, ensure_ascii=False)

    @classmethod
    def from_line(cls, line: str) -> Event:
        """Return the event that a line holds; ValueError where it holds none."""
        record = json.loads(line)
        try:
            step, kind, text = int(record["step"]), str(record["kind"]), str(record["text"])
            time = datetime.fromisoformat(record["time"])
        except (KeyError, TypeError) as problem:
            raise ValueError(f"no event: {problem}") from None
        time = time if time.tzinfo else time.replace(tzinfo=UTC)
        if kind not in set(EventKind):
            return cls(step, EventKind.NOTE, f"{kind}: {text}", time)
        return cls(step, EventKind(kind), text, time)


def append_event(folder: Path, event: Event) -> None:
    """Add a line to the run folder's `events.jsonl`.

    Raises:
        TrainError: the file cannot be written.
    """
    path = folder / EVENTS_FILE
    try:
        with path.open("a+b") as file:
            start = "\n" if _is_torn(file) else ""
            file.write(f"{start}{event.to_line()}\n".encode())
    except OSError as problem:
        raise TrainError(f"cannot write {path} ({problem.strerror})", "free some space") from problem


def read_events(folder: Path) -> tuple[Event, ...]:
    """Return the run's events, oldest first; none where there is no file, and damaged lines left out."""
    try:
        content = (folder / EVENTS_FILE).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(event for line in content.split("\n") if (event := _parsed(line)) is not None)


def _parsed(line: str) -> Event | None:
    try:
        return Event.from_line(line)
    except ValueError:  # torn by a kill, or not ours
        return None


def _is_torn(file: BinaryIO) -> bool:
    """Return whether the last line has no end: a kill came in the middle of it."""
    if file.seek(0, 2) == 0:
        return False
    file.seek(-1, 2)
    return file.read(1) != b"\n"
