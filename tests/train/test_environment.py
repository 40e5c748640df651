from __future__ import annotations

import json
import platform
import sys
from pathlib import Path

import pytest
import torch

from gantool import __version__
from gantool.train.environment import ENVIRONMENT_FILE, read_environments, write_environment


def test_each_start_adds_what_it_runs_on(tmp_path: Path) -> None:
    write_environment(tmp_path)
    write_environment(tmp_path, "cpu")
    first, second = read_environments(tmp_path)
    assert (first.gantool, first.python) == (__version__, platform.python_version())
    assert first.libraries["torch"] == str(torch.__version__)
    assert "numpy" in first.libraries
    assert first.device.startswith("cpu: ")
    assert (second.threads, second.processes) == (torch.get_num_threads(), 1)


def test_no_or_damaged_records_are_left_out(tmp_path: Path) -> None:
    assert read_environments(tmp_path) == ()
    (tmp_path / ENVIRONMENT_FILE).write_text("[{")
    assert read_environments(tmp_path) == ()
    write_environment(tmp_path)
    records = json.loads((tmp_path / ENVIRONMENT_FILE).read_text())
    (tmp_path / ENVIRONMENT_FILE).write_text(json.dumps([1, {}, {"libraries": 3}, *records]))
    assert len(read_environments(tmp_path)) == 1


@pytest.mark.parametrize(
    ("called", "command"),
    [
        (["/bin/gantool", "train", "toy", "--data", "my photos"], "gantool train toy --data 'my photos'"),
        (["/lib/gantool/__main__.py", "train", "toy"], "gantool train toy"),
        (["study.py", "3"], "python study.py 3"),
        (["/other/__main__.py"], "python /other/__main__.py"),
    ],
)
def test_the_command_is_what_was_called(
    called: list[str], command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", called)
    write_environment(tmp_path)
    assert read_environments(tmp_path)[0].command == command
