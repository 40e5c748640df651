from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from gantool.errors import TrainError
from gantool.train.events import EVENTS_FILE, Event, EventKind, append_event, read_events

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


def test_what_is_appended_is_read_in_order(tmp_path: Path) -> None:
    events = (
        Event(0, EventKind.STARTED, "on cpu", NOON),
        Event(7, EventKind.SKIPPED_STEP, 'a "quoted"\nsecond line \u2028 and Grüße', NOON),
        Event(9, EventKind.ROLLED_BACK, "to step 5"),
    )
    for event in events:
        append_event(tmp_path, event)
    assert read_events(tmp_path) == events
    assert (tmp_path / EVENTS_FILE).read_text(encoding="utf-8").count("\n") == 3


def test_no_file_is_no_event(tmp_path: Path) -> None:
    assert read_events(tmp_path) == ()


def test_a_torn_line_costs_itself_alone(tmp_path: Path) -> None:
    first, second = Event(1, EventKind.RESUMED, "a", NOON), Event(2, EventKind.WARNING, "b", NOON)
    append_event(tmp_path, first)
    with (tmp_path / EVENTS_FILE).open("a") as file:
        file.write('{"step": 2, "ki')
    append_event(tmp_path, second)
    assert read_events(tmp_path) == (first, second)


@pytest.mark.parametrize(
    "line", ["[]", "3", "null", "{}", '{"step": "x", "kind": "note", "text": "", "time": ""}']
)
def test_what_is_no_event_is_left_out(tmp_path: Path, line: str) -> None:
    (tmp_path / EVENTS_FILE).write_text(line + "\n")
    assert read_events(tmp_path) == ()


def test_a_kind_of_another_version_is_a_note(tmp_path: Path) -> None:
    record = '{"step": 3, "kind": "teleported", "text": "x", "time": "2026-01-02T12:00:00"}\n'
    (tmp_path / EVENTS_FILE).write_text(record)
    assert read_events(tmp_path) == (Event(3, EventKind.NOTE, "teleported: x", NOON),)


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"cannot write .*events\.jsonl"):
        append_event(tmp_path / "gone", Event(1, EventKind.NOTE, ""))
