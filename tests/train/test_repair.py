"""Runs that go wrong: skipped steps, roll-backs, their end, and that they resume as exactly as others."""

from __future__ import annotations

import csv
import math
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from gantool.errors import TrainError
from gantool.train.checkpoint import Position, list_checkpoints, load_newest
from gantool.train.contest import Moment
from gantool.train.events import EventKind, read_events
from gantool.train.feed import Feed, step_seed
from gantool.train.game import Augment, GameSettings
from gantool.train.health import Finding, Light, Signal
from gantool.train.loop import Trainer
from gantool.train.meter import Meter
from gantool.train.repair import Condition, Divergence, Scales, divergence_of
from gantool.train.settings import Settings
from gantool.train.step import StepReport, train_step
from gantool.train.terms import Term
from tests.train.poison import DEFAULTS, HARMLESS, ONE, KilledError, Plan, poisoned
from tests.train.test_step import CPU, QUIET, assert_equal, weights_of
from tests.train.toy import ToyBatch, ToyRecipe, make_rules

THREE_BAD = Plan(((5, 0), (6, 0), (7, 0)))
TIMED = ("steps_per_s", "waiting", "elapsed", "lights/waiting")


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "train.csv").open(newline="") as file:
        return [{k: v for k, v in row.items() if k not in TIMED} for row in csv.DictReader(file)]


def without(trainer: Trainer, left_out: int) -> list[torch.Tensor]:
    """Train by hand, and let one step do nothing."""
    feed = Feed(trainer.recipe, trainer.settings, ONE)
    for step in (step for step in range(12) if step != left_out):
        torch.manual_seed(step_seed(0, step))
        train_step(trainer.recipe, trainer.players, trainer.rules, feed.take(step), Moment(step, step / 12))
    feed.close()
    return weights_of(trainer.players)


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("augment", [Augment.none, Augment.ada])
def test_a_bad_batch_is_as_if_its_step_had_done_nothing(
    normalised: bool, augment: Augment, tmp_path: Path
) -> None:
    plan = Plan([(5, 0)], normalised=normalised, game=GameSettings(augment=augment, ada_speed=0.01))
    trainer = poisoned(tmp_path / "run", plan)
    assert trainer.run()
    assert_equal(weights_of(trainer.players), without(poisoned(tmp_path, plan), left_out=5))
    assert trainer.position.condition == Condition(skipped=1)
    (event,) = (one for one in read_events(tmp_path / "run") if one.kind is EventKind.SKIPPED_STEP)
    assert (event.step, event.text) == (6, "1 of 2 steps")


def test_a_bad_batch_of_the_critic_alone_is_as_if_the_critic_had_not_met_it(tmp_path: Path) -> None:
    plan = Plan(normalised=True, game=GameSettings(n_critic=2, augment=Augment.ada))
    met, spared = (poisoned(tmp_path / name, plan) for name in ("met", "spared"))
    rng = torch.Generator().manual_seed(0)
    batches = [met.recipe.batch(4, slice(0, 4), rng) for _ in range(2)]
    batches[1].given[0, 0, 0, 0] = math.nan
    for trainer, seen in ((met, batches), (spared, batches[:1])):
        torch.manual_seed(0)
        assert not train_step(trainer.recipe, trainer.players, trainer.rules, seen, Moment(0, 0.0)).skipped
    assert_equal(weights_of(met.players), weights_of(spared.players))
    adaptive = [trainer.rules.contest.adaptive for trainer in (met, spared)]
    assert_equal(*([part.state_dict()["sums"]] for part in adaptive if part))


def test_several_bad_batches_in_a_row_roll_back_to_a_lower_rate(tmp_path: Path) -> None:
    trainer = poisoned(tmp_path, THREE_BAD)
    assert trainer.run()
    assert trainer.position.condition == Condition(rolled_back=1, skipped=3)
    assert all(bool(torch.isfinite(weight).all()) for weight in weights_of(trainer.players))
    (event,) = (one for one in read_events(tmp_path) if one.kind is EventKind.ROLLED_BACK)
    assert event.step == 8
    assert event.text.startswith("back to step 4, --lr times 0.5 and --lr-d times 0.5: 3 steps in a row")
    assert [row["step"] for row in rows(tmp_path)] == ["2", "4", "6", "8", "10", "12"]
    whole = poisoned(tmp_path / "whole")
    whole.run()
    rates = [[float(row["lr"]) for row in rows(folder)] for folder in (tmp_path, tmp_path / "whole")]
    ratios = [mine / usual for mine, usual in zip(*rates, strict=True)]
    assert ratios == pytest.approx([1, 1, 0.5, 0.5, 0.5, 0.5])


def test_patience_is_what_makes_a_row_too_long(tmp_path: Path) -> None:
    patient = poisoned(tmp_path / "a", THREE_BAD, patience=4)
    patient.run()
    assert patient.position.condition == Condition(skipped=3)
    hasty = poisoned(tmp_path / "b", THREE_BAD, patience=1)
    hasty.run()
    assert hasty.position.condition == Condition(rolled_back=1, skipped=1)


def test_another_attempt_draws_other_batches(tmp_path: Path) -> None:
    trainer = poisoned(tmp_path)
    feed = Feed(trainer.recipe, trainer.settings, ONE)
    first, again, other = feed.take(3), feed.take(3), feed.take(3, 1)
    feed.close()
    assert torch.equal(first[0].wanted, again[0].wanted)
    assert not torch.equal(first[0].wanted, other[0].wanted)


def test_an_exploding_rate_is_halved_until_it_trains(tmp_path: Path) -> None:
    trainer = poisoned(tmp_path, lr=1e3, lr_d=1e3, repairs=25, patience=2, log_every=1, warmup=0.0)
    assert trainer.run()
    condition = trainer.position.condition
    assert 8 < condition.rolled_back < 22
    assert (
        len([one for one in read_events(tmp_path) if one.kind is EventKind.ROLLED_BACK])
        == condition.rolled_back
    )
    assert all(float(row["health/update_ratio_g"]) < 0.5 for row in rows(tmp_path)[-4:])


def test_an_exploding_rate_without_enough_repairs_ends_with_its_line(tmp_path: Path) -> None:
    trainer = poisoned(tmp_path, lr=1e3, lr_d=1e3, patience=2, log_every=1)
    with pytest.raises(
        TrainError, match=r"diverged at step \d+ after 3 repairs: .*begin a new run with --lr"
    ):
        trainer.run()
    assert read_events(tmp_path)[-1].kind is EventKind.STOPPED


def test_without_repairs_signals_only_show_but_steps_that_do_nothing_end_the_run(tmp_path: Path) -> None:
    wild = poisoned(tmp_path / "wild", lr=3.0, repairs=0, patience=1, log_every=1)
    assert wild.run()
    assert any(row["lights/updates"] == "2" for row in rows(tmp_path / "wild"))
    with pytest.raises(TrainError, match="diverged at step 8: 3 steps in a row"):
        poisoned(tmp_path / "bad", THREE_BAD, repairs=0).run()


@pytest.mark.parametrize("killed_at", [(3, 0), (7, 0), (5, 1), (9, 1), (11, 1)])
def test_resumed_in_a_repaired_run_equals_uninterrupted(killed_at: tuple[int, int], tmp_path: Path) -> None:
    settings = {"log_every": 3, "save_every": 4}  # checkpoints in the middle of log windows
    plan = replace(THREE_BAD, game=GameSettings(augment=Augment.ada, ada_speed=0.01, r1=1.0, lazy=3))
    whole = poisoned(tmp_path / "whole", plan, ONE, **settings)
    assert whole.run()
    cut = tmp_path / "cut"
    with pytest.raises(KilledError):
        poisoned(cut, replace(plan, killed_at=killed_at), ONE, **settings).run()
    resumed = poisoned(cut, plan, ONE, **settings)
    resumed.resume()
    assert resumed.position.step < 12
    assert resumed.run()
    assert_equal(weights_of(whole.players), weights_of(resumed.players))
    assert resumed.position.condition == whole.position.condition == Condition(rolled_back=1, skipped=3)
    assert rows(cut) == rows(tmp_path / "whole")


def test_a_torn_checkpoint_is_passed_over_on_the_way_back(tmp_path: Path) -> None:
    trainer = poisoned(tmp_path, THREE_BAD)
    save = trainer._save

    def save_and_tear(may_go_back: bool = True) -> None:
        save(may_go_back)
        if trainer.position.step == 4:
            (path,) = (tmp_path / "checkpoints").glob("*04.safetensors")
            path.write_bytes(path.read_bytes()[:-100])

    trainer._save = save_and_tear  # type: ignore[method-assign]
    assert trainer.run()
    (event,) = (one for one in read_events(tmp_path) if one.kind is EventKind.ROLLED_BACK)
    assert event.text.startswith("back to step 0")


def test_the_last_good_checkpoint_is_kept_beside_doubtful_ones(tmp_path: Path) -> None:
    settings = {"save_every": 1, "keep": 2, "patience": 4}
    trainer = poisoned(tmp_path, THREE_BAD, ONE, steps=8, **settings)
    assert trainer.run()
    names = [path.stem for path in list_checkpoints(tmp_path / "checkpoints")]
    assert names == ["step-00000005", "step-00000007", "step-00000008"]
    again = poisoned(tmp_path, HARMLESS, ONE, **settings)
    position, _ = load_newest(tmp_path / "checkpoints", again.players, again.rules.contest, good_only=True)
    assert position.step == 5
    again.resume()
    assert again.position.step == 8


def test_a_checkpoint_in_a_window_that_diverges_already_is_no_good_one(tmp_path: Path) -> None:
    trainer = poisoned(tmp_path, steps=10)
    assert trainer.run()
    trainer.position.meter.steps = 1
    trainer.position.meter._signals.add({"grad_norm_g": torch.tensor(1e9)})
    trainer.position.step = 11
    trainer._save()
    again = poisoned(tmp_path)
    position, _ = load_newest(tmp_path / "checkpoints", again.players, again.rules.contest, good_only=True)
    assert position.step == 10


def test_an_older_checkpoint_knows_nothing_of_health() -> None:
    position = Position.from_state({"step": 7, "elapsed": 1.5, "best": None})
    assert (position.step, position.condition, position.history.windows) == (7, Condition(), ())


class NeverFinite(ToyRecipe):
    def own_losses(self, batch: ToyBatch, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        return {"brightness": fake.mean() * math.nan}


def test_a_loss_that_was_never_finite_is_named_and_no_rate_blamed(tmp_path: Path) -> None:
    settings = Settings(**{**DEFAULTS, "log_every": 1})  # type: ignore[arg-type]
    rules = make_rules(settings, terms={"l2": Term(1.0), "brightness": Term(1.0)})
    trainer = Trainer(NeverFinite(), rules, tmp_path, CPU, ONE, QUIET)
    with pytest.raises(TrainError) as caught:
        trainer.run()
    said = str(caught.value)
    assert said.startswith(
        "no step could be taken after 3 repairs: 3 steps in a row in which the loss bright"
    )
    assert "--lr below" not in said
    back = [one.text for one in read_events(tmp_path) if one.kind is EventKind.ROLLED_BACK]
    assert len(back) == 3
    assert all(text.endswith("in which the loss brightness is NaN") for text in back)


def test_a_run_that_moved_is_told_of_its_rate_and_of_what_broke(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"in which the loss l2 is NaN .*begin a new run with --lr below"):
        poisoned(tmp_path, THREE_BAD, repairs=0).run()


def test_what_broke_is_remembered_until_a_step_is_taken() -> None:
    meter, fine = Meter(), torch.tensor(1.0)
    meter.add(StepReport({"l2": fine, "own": torch.tensor(math.inf)}, {}, skipped=True))
    meter.close(0.0, 1.0)
    meter.add(StepReport({"l2": torch.tensor(math.nan), "own": fine}, {}, skipped=True))
    assert meter.broken == {"own": "infinite", "l2": "NaN"}
    state = meter.state()
    resumed = Meter()
    resumed.load(state)
    assert resumed.broken == meter.broken
    resumed.load({name: value for name, value in state.items() if name != "broken"})  # an older checkpoint
    assert resumed.broken == {}
    meter.add(StepReport({"l2": fine, "own": fine}, {}, skipped=False))
    assert meter.broken == {}


def test_the_reason_names_what_diverges() -> None:
    findings = (
        Finding(Light.red, Signal.waiting, "slow disk"),
        Finding(Light.red, Signal.logits, "far", True),
    )
    assert Condition(diverging_in_a_row=3).reason(findings) == "far"
    assert "4 steps in a row" in Condition(skipped_in_a_row=4).reason(findings)
    assert Condition(diverging_in_a_row=3).is_ill(Settings())
    both = (Finding(Light.red, Signal.diversity, "few modes", True), findings[1])
    assert Condition(diverging_in_a_row=3).reason(both) == "far"
    assert divergence_of(both) is Divergence.other
    assert divergence_of(both[:1]) is Divergence.collapse
    assert divergence_of(findings[:1]) is Divergence.none
    assert not Condition(diverging_in_a_row=3).is_ill(Settings(repairs=0))


def test_a_collapse_slows_the_generator_alone() -> None:
    collapsed = Condition().after_window(Divergence.collapse)
    assert collapsed.after_repair().scales == Scales(0.5, 1.0)
    exploded = collapsed.after_repair().after_window(Divergence.other)
    assert exploded.after_repair().scales == Scales(0.25, 0.5)
    assert collapsed.after_step(skipped=True).after_repair().scales == Scales(0.5, 0.5)
    assert collapsed.after_window(Divergence.none) == Condition()


def test_all_processes_skip_and_roll_back_together(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.train.two_ranks", str(tmp_path)]
    group = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29743", "OMP_NUM_THREADS": "1"}
    processes = [
        subprocess.Popen(
            command, env={**os.environ, **group, "RANK": str(rank)}, stderr=subprocess.PIPE, text=True
        )
        for rank in (0, 1)
    ]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    first, second = (torch.load(tmp_path / f"rank-{rank}.pt", weights_only=True) for rank in (0, 1))
    assert first["condition"] == second["condition"] == [1, 3]
    assert_equal(first["weights"], second["weights"])
