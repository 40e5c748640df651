"""Two tasks installed for the tests of the Python interface, and a weight in a store."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gantool.weights import files
from gantool.weights.card import Card
from tests.rows import install_both


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_both(tmp_path_factory.mktemp("site"))


@pytest.fixture
def work(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "store").mkdir()
    (tmp_path / "work").mkdir()
    card = Card(id="twice-plain", task="twice", architecture="gain", config={}, licence="CC0-1.0")
    files.save(tmp_path / "store" / "twice-plain.safetensors", {"gain": torch.ones(1)}, card)
    monkeypatch.setenv("GANTOOL_WEIGHTS", str(tmp_path / "store"))
    monkeypatch.syspath_prepend(site)
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path
