"""What several tests of training stand among."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.train.pictures import write


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand beside a folder of four photographs."""
    for number in range(4):
        write(tmp_path / "photos" / f"{number}.png", number, 64, 64)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "photos"
