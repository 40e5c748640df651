"""Fixtures for plugins' tests: `pytest_plugins = ["gantool.testing.fixtures"]` in the `conftest.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from gantool.cli import main
from gantool.testing.command import Answer, Command
from gantool.testing.pictures import write_pictures


@pytest.fixture
def gantool_command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `gantool ARGUMENTS` inside the test's process."""

    def run(*arguments: str) -> Answer:
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        said = capsys.readouterr()
        return Answer(int(caught.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def gantool_photos(tmp_path: Path) -> Path:
    """Make a folder of four small pictures, of 96 pixels and more."""
    folder = tmp_path / "photos"
    write_pictures(folder, 96)
    return folder
