from __future__ import annotations

from pathlib import Path

import pytest
from torch import nn
from torch.optim import SGD

from gantool.errors import TrainError, UsageError
from gantool.train.config import RecipeFile, find_recipe, plain, read_recipe, resolve
from gantool.train.folder import RunFile, new_run_folder, read_run
from gantool.train.schedule import rate_factor, set_rate
from gantool.train.settings import Amp, Settings, budget_of, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400), ("0.5d", 43200), (".5d", 43200)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "2", "h", "2 hours", "1x", "-3m", "1.2.3h", ".h", "1h.", "0s", "0h0m", "9" * 400 + "d"]
)
def test_unreadable_durations_get_their_line(text: str) -> None:
    with pytest.raises(UsageError, match="2h"):
        parse_duration(text)


def test_two_budgets_or_none_are_refused() -> None:
    with pytest.raises(UsageError, match="one budget"):
        Settings(steps=5, max_time="2h")
    with pytest.raises(UsageError, match="--max-time"):
        budget_of(Settings())


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("beta1", 1.0, "--beta1 1 never forgets; choose one below 1"),
        ("beta2", 1, "--beta2 1 never forgets"),
        ("seed", 1 << 63, "out of range; it is at least 0 and at most 9223372036854775807"),
        ("lr", float("nan"), "lr = nan is not a finite number"),
        ("lr", float("inf"), "lr = inf is not a finite number"),
        ("max_time", "0s", "no time to train in"),
    ],
)
def test_numbers_that_no_training_can_use_are_refused(name: str, value: float | str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        resolve(Settings, [{name: value}])


def test_progress_is_the_same_part_of_either_budget() -> None:
    assert budget_of(Settings(steps=100)).progress(25, 1e9) == 0.25
    assert budget_of(Settings(max_time="100s")).progress(10**9, 25.0) == 0.25
    assert budget_of(Settings(steps=100)).progress(300, 0.0) == 1.0


def test_the_schedule_warms_up_and_ends_at_its_floor() -> None:
    assert rate_factor(0.0, 0.1, 0.01) < 0.02
    assert rate_factor(0.1, 0.1, 0.01) == pytest.approx(1.0)
    assert rate_factor(0.55, 0.1, 0.0) == pytest.approx(0.5)
    assert rate_factor(1.0, 0.1, 0.01) == pytest.approx(0.01)
    optimizer = SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    set_rate(optimizer, 0.25)
    assert optimizer.param_groups[0]["lr"] == 0.25


def test_layers_override_each_other_and_are_checked() -> None:
    settings = resolve(Settings, [{"steps": 5, "lr": 1}, {"amp": "bf16"}, {"steps": 7}])
    assert (settings.steps, settings.lr, settings.amp) == (7, 1.0, Amp.bf16)
    with pytest.raises(UsageError, match="did you mean warmup"):
        resolve(Settings, [{"warmupp": 1}])
    with pytest.raises(UsageError, match="it takes int"):
        resolve(Settings, [{"steps": "many"}])
    with pytest.raises(UsageError, match="batch = 0 is out of range; it is at least 1"):
        resolve(Settings, [{"batch": 0}])
    with pytest.raises(UsageError, match="did you mean bf16"):
        resolve(Settings, [{"amp": "bf61"}])


def test_plain_settings_round_trip() -> None:
    settings = Settings(steps=3, amp=Amp.fp32)
    assert resolve(Settings, [plain(settings)]) == settings


def test_recipe_files(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    tables = "[trainer]\nsteps = 9\n[task]\nscale = 2\n[losses]\nl1 = 1\n[game]\nr1 = 5\n"
    recipe.write_text('init = "soft"\n' + tables)
    assert read_recipe(recipe) == RecipeFile({"steps": 9}, {"scale": 2}, {"l1": 1}, {"r1": 5}, "soft")
    recipe.write_bytes(b"\xef\xbb\xbf[trainer]\nsteps = 9\n")  # as some editors save UTF-8
    assert read_recipe(recipe) == RecipeFile({"steps": 9})
    recipe.write_text("init = 3")
    with pytest.raises(UsageError, match="init is no text"):
        read_recipe(recipe)
    recipe.write_text("[trainr]\n")
    with pytest.raises(UsageError, match=r"\[trainr\]"):
        read_recipe(recipe)
    recipe.write_text("steps = = 3")
    with pytest.raises(UsageError, match="not TOML"):
        read_recipe(recipe)


def test_run_folders_are_described_and_not_reused(tmp_path: Path) -> None:
    folder = new_run_folder(tmp_path / "run", "toy")
    run = RunFile("toy", "data", "", "cpu", "", "", "", {"steps": 1}, {})
    run.write(folder)
    assert read_run(folder) == run
    with pytest.raises(TrainError, match="--resume"):
        new_run_folder(folder, "toy")
    (folder / "run.json").write_text("{")
    with pytest.raises(TrainError, match="damaged"):
        read_run(folder)
    with pytest.raises(TrainError, match="holds no run"):
        read_run(tmp_path)


def test_recipes_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "soft-large.toml").write_text("")
    assert find_recipe(Path("soft-large"), tmp_path) == tmp_path / "soft-large.toml"
    (tmp_path / "here" / "soft-large").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    assert find_recipe(Path("soft-large"), tmp_path) == tmp_path / "soft-large.toml"
    assert find_recipe(Path("other/soft.toml"), tmp_path) == Path("other/soft.toml")
    with pytest.raises(UsageError, match="did you mean soft-large"):
        find_recipe(Path("soft-larg"), tmp_path)
