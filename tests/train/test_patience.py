from __future__ import annotations

import csv
import errno
import os
from pathlib import Path

import pytest

from gantool.atomic import write_atomic
from gantool.errors import TrainError
from gantool.train import patience
from gantool.train.patience import patiently
from gantool.train.rows import Rows
from tests.train.test_step import make_trainer


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


def test_a_row_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows(tmp_path / "train.csv", ["loss"])
    rows.append(1, {"loss": 0.5})
    whole = (tmp_path / "train.csv").read_bytes()

    def torn(self: csv.DictWriter[str], row: dict[str, str]) -> None:
        self.writer.writerow(["2", "0."])
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(csv.DictWriter, "writerow", torn)
        with pytest.raises(OSError, match="no space"):
            rows.append(2, {"loss": 0.4})
    assert (tmp_path / "train.csv").read_bytes() == whole
    rows.append(2, {"loss": 0.4})
    assert (tmp_path / "train.csv").read_text().splitlines()[1:] == ["1,0.5", "2,0.4"]


def test_a_run_waits_for_space_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = [errno.ENOSPC] * 4
    fsync = os.fsync

    def sync(descriptor: int) -> None:
        if (
            failures
            and (tmp_path / "checkpoints").exists()
            and list((tmp_path / "checkpoints").glob("step-*"))
        ):
            raise OSError(failures.pop(), "no space")
        fsync(descriptor)

    monkeypatch.setattr("gantool.atomic.os.fsync", sync)
    assert make_trainer(tmp_path).run()
    assert not failures
    assert (tmp_path / "checkpoints" / "step-00000008.safetensors").exists()


def test_a_file_that_cannot_be_made_is_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows(tmp_path / "train.csv", ["loss"])

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", full)
        with pytest.raises(OSError, match="no space"):
            rows.append(1, {"loss": 0.5})
    rows.append(1, {"loss": 0.5})
    assert (tmp_path / "train.csv").read_text().splitlines() == ["step,loss", "1,0.5"]


def test_columns_that_a_full_disk_kept_out_are_there_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = Rows(tmp_path / "train.csv", ["loss"])
    rows.append(1, {"loss": 0.5})

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr("gantool.atomic.os.fsync", full)
        with pytest.raises(TrainError, match="no space"):
            rows.append(2, {"loss": 0.4, "late": 1.0})
    rows.append(2, {"loss": 0.4, "late": 1.0})
    assert (tmp_path / "train.csv").read_text().splitlines() == ["step,loss,late", "1,0.5,", "2,0.4,1"]
