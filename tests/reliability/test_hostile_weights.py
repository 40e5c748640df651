"""Damaged and hostile weight files: a line, and nothing executed, written elsewhere or left behind."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gantool.weights.folders import user_folder
from tests.reliability.weight_mutants import Canary, Verdict, try_import, weight_mutant

MUTANTS = 160


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    if user_folder() != tmp_path / "data/gantool/weights":
        pytest.skip("the store lies elsewhere on this system")
    return tmp_path


@pytest.mark.parametrize("part", range(4))
def test_a_mutant_is_a_weight_or_a_line(part: int, home: Path) -> None:
    canary = Canary(home / "executed")
    refused = 0
    for number in range(part, MUTANTS, 4):
        one = weight_mutant(9, number, canary)
        verdict = try_import(one, home)
        assert verdict is not Verdict.TROUBLE, (number, one.how)
        assert not canary.path.exists(), (number, one.how)
        refused += verdict is Verdict.REFUSED
    assert refused > MUTANTS // 8


def test_the_canary_dies_where_pickles_are_executed(home: Path) -> None:
    canary = Canary(home / "executed")
    path = home / "bomb.pth"
    torch.save({"a": canary}, path)
    torch.load(path, weights_only=False)
    assert canary.path.exists()
