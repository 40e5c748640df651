"""`gantool train`: flags are judged together with the recipe they lie over, never alone."""

from __future__ import annotations

from pathlib import Path

import pytest

import gantool.cli.train
from gantool.train.folder import RunFile
from tests.cli.conftest import Run

RECIPE = """
[trainer]
steps = 4
freeze_steps = 2
freeze = "head.*"
[game]
game = "non-saturating"
gradient_penalty = 10.0
lazy = 1
"""


@pytest.fixture
def described(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[RunFile]:
    """Stand in a folder with a recipe; runs are described, and not begun."""
    runs: list[RunFile] = []
    monkeypatch.setattr(gantool.cli.train, "_train", lambda task, run, folder, resumed: runs.append(run))
    monkeypatch.chdir(tmp_path)
    Path("recipe.toml").write_text(RECIPE)
    return runs


def test_flags_may_need_what_the_recipe_says(run: Run, described: list[RunFile]) -> None:
    answer = run(
        *("train", "superres", "--data", ".", "--config", "recipe.toml", "--kind", "photo"),
        *("--game", "wasserstein", "--freeze", "tail.*"),
    )
    assert answer.code == 0, answer.err
    (made,) = described
    assert (made.game["game"], made.game["gradient_penalty"]) == ("wasserstein", 10.0)
    assert (made.trainer["freeze"], made.trainer["freeze_steps"]) == ("tail.*", 2)


def test_flags_that_contradict_the_recipe_are_refused(run: Run, described: list[RunFile]) -> None:
    beside = ("train", "superres", "--data", ".", "--config", "recipe.toml", "--kind", "photo")
    answer = run(*beside, "--clip-weights", "0.01")
    assert answer.code == 2
    assert "--clip-weights and --gradient-penalty both bound the critic's slope" in answer.err
    answer = run(*beside, "--patch", "17")
    assert answer.code == 2
    assert "--patch 17 at scale 4" in answer.err
    assert not described


def test_labels_that_the_preset_smooths_can_be_left_alone(run: Run, described: list[RunFile]) -> None:
    """What the line asks for must help where nobody gave the option that it speaks of."""
    beside = ("train", "generate", "--data", ".", "--preset", "mlp", "--steps", "1", "--game", "hinge")
    assert "or add --label-smoothing 0 (GT100)" in run(*beside).err
    assert run(*beside, "--label-smoothing", "0").code == 0
    assert described[0].game["label_smoothing"] == 0
