from __future__ import annotations

import errno
from pathlib import Path

import pytest

from gantool.atomic import write_atomic
from gantool.errors import TrainError
from gantool.train import patience
from gantool.train.patience import patiently


class Disk:
    def __init__(self, failures: int, number: int = errno.ENOSPC) -> None:
        self.failures, self.number, self.done = failures, number, 0

    def write(self) -> None:
        if self.failures:
            self.failures -= 1
            raise OSError(self.number, "no space")
        self.done += 1


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PAUSE", 0.06)


def test_a_full_disk_is_waited_for_with_one_line() -> None:
    disk, lines = Disk(failures=3), list[str]()
    assert patiently(disk.write, lines.append, lambda: False)
    assert disk.done == 1
    assert len(lines) == 1
    assert "waits for space" in lines[0]


def test_an_interruption_ends_the_wait() -> None:
    disk = Disk(failures=9)
    assert not patiently(disk.write, lambda _: None, lambda: disk.failures < 8)
    assert disk.done == 0


def test_the_atomic_writers_refusal_counts_as_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [errno.ENOSPC, errno.ENOSPC]

    def sync(_: int) -> None:
        if failures:
            raise OSError(failures.pop(), "no space")

    monkeypatch.setattr("gantool.atomic.os.fsync", sync)
    target = tmp_path / "checkpoint"
    assert patiently(lambda: write_atomic(target, b"whole", error=TrainError), lambda _: None, lambda: False)
    assert target.read_bytes() == b"whole"
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


def test_other_failures_are_raised() -> None:
    with pytest.raises(PermissionError):
        patiently(Disk(1, errno.EACCES).write, lambda _: None, lambda: False)
