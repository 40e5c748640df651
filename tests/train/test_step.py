from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

from gantool.errors import TrainError, UsageError
from gantool.task import Validation
from gantool.train import loop
from gantool.train.checkpoint import list_checkpoints
from gantool.train.contest import Moment
from gantool.train.feed import Feed
from gantool.train.game import GameSettings
from gantool.train.loop import Trainer
from gantool.train.players import Players, amp_dtype
from gantool.train.processes import Ranks
from gantool.train.record.figures import read_figures
from gantool.train.settings import Amp, Pick, Settings
from gantool.train.step import StepReport, train_step
from gantool.train.tree import load_tree, read_mark
from tests.train.toy import ToyBatch, ToyRecipe, make_rules

ONE = Ranks(0, 1, 0)
CPU = torch.device("cpu")
QUIET = Console(quiet=True)


def make_trainer(
    folder: Path, game: GameSettings | None = None, recipe: ToyRecipe | None = None, **changes: object
) -> Trainer:
    values = {
        "steps": 8,
        "batch": 4,
        "amp": Amp.fp32,
        "lr": 1e-2,
        "log_every": 2,
        "val_every": 4,
        "save_every": 4,
    }
    settings = Settings(**{**values, **changes})  # type: ignore[arg-type]
    torch.manual_seed(1)
    return Trainer(recipe or ToyRecipe(), make_rules(settings, game), folder, CPU, ONE, QUIET)


def step_once(trainer: Trainer, batches: Sequence[ToyBatch], progress: float) -> StepReport:
    moment = Moment(trainer.position.step, progress, observe=True)
    return train_step(trainer.recipe, trainer.players, trainer.rules, batches, moment)


def weights_of(players: Players) -> list[torch.Tensor]:
    assert players.discriminator is not None
    networks = (players.generator.network, players.discriminator.network, players.ema.module)
    return [value.clone() for network in networks for value in network.state_dict().values()]


def assert_equal(first: list[torch.Tensor], second: list[torch.Tensor]) -> None:
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_step_moves_both_players_and_the_average(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    before = weights_of(trainer.players)
    feed = Feed(trainer.recipe, trainer.settings, ONE)
    report = step_once(trainer, feed.take(0), 0.5)
    feed.close()
    after = weights_of(trainer.players)
    assert set(report.terms) == {"l2", "gan", "d"}
    assert not any(value.requires_grad for value in (*report.terms.values(), *report.signals.values()))
    assert all(not torch.equal(a, b) for a, b in zip(before, after, strict=True) if a.dim() == 4)


def test_resumed_equals_uninterrupted(tmp_path: Path) -> None:
    whole = make_trainer(tmp_path / "whole", save_every=4)
    (tmp_path / "whole").mkdir()
    assert whole.run()

    (tmp_path / "cut").mkdir()
    first = make_trainer(tmp_path / "cut", save_every=3, steps=8)
    first.budget = type(first.budget)(steps=8, seconds=0.0)
    feed = Feed(first.recipe, first.settings, ONE)
    for step in range(5):  # stops two steps after the checkpoint at 3
        step_once(first, feed.take(step), step / 8)
        first.position.step = step + 1
        if first.position.step == 3:
            first._save()
    feed.close()

    second = make_trainer(tmp_path / "cut", save_every=3)
    second.resume()
    assert second.position.step == 3
    assert second.run()
    assert_equal(weights_of(whole.players), weights_of(second.players))


@pytest.mark.parametrize(("pick", "which"), [(Pick.best, 0), (Pick.last, -1)])
def test_the_best_or_the_last_validated_average_is_kept(pick: Pick, which: int, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, steps=6, val_every=2, pick=pick)
    figures, kept = iter([0.1, 0.3, 0.2]), []

    def validate(average: torch.nn.Module) -> Validation:  # gets worse than it was at first
        kept.append({name: value.clone() for name, value in average.state_dict().items()})
        return Validation({"mse": next(figures)}, "mse", higher_is_better=False)

    trainer.recipe.validate = validate  # type: ignore[method-assign]
    assert trainer.run()
    exported = load_tree(tmp_path / "best.safetensors")
    assert all(torch.equal(exported[name], value) for name, value in kept[which].items())
    assert (trainer.position.best, trainer.position.picked) == (0.1, (0.1, 0.2)[which])
    again = make_trainer(tmp_path, steps=6, pick=pick)
    again.resume()
    assert again.position.picked == trainer.position.picked


def test_a_torn_checkpoint_is_passed_over(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    trainer.run()
    newest = sorted((tmp_path / "checkpoints").glob("*"))[-1]
    newest.write_bytes(newest.read_bytes()[:-100])
    again = make_trainer(tmp_path)
    again.resume()
    assert again.position.step == 4


def test_accumulated_batches_equal_one_large_batch(tmp_path: Path) -> None:
    batch = ToyRecipe().batch(8, slice(0, 8), torch.Generator().manual_seed(3))
    halves = [ToyBatch(batch.given[part], batch.wanted[part]) for part in (slice(0, 4), slice(4, 8))]
    results, reports = [], []
    for batches in ([batch], halves):
        trainer = make_trainer(tmp_path, accumulate=len(batches))
        reports.append(step_once(trainer, batches, 0.5))
        results.append(weights_of(trainer.players))
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, atol=2e-4, rtol=1e-3)
    assert {"l2", "gan", "d"} == set(reports[0].terms)
    torch.testing.assert_close(dict(reports[1].terms), dict(reports[0].terms))
    assert reports[1].signals["logits_real"] == pytest.approx(
        float(reports[0].signals["logits_real"]), rel=1e-5
    )


def test_a_loss_that_is_not_a_number_ends_the_run_with_a_line(tmp_path: Path) -> None:
    with pytest.raises(TrainError, match=r"after 3 repairs: .* l2 is infinite .*; begin a new run with --lr"):
        make_trainer(tmp_path, lr=1e30, steps=40).run()


def test_fp16_on_a_cpu_is_refused() -> None:
    with pytest.raises(UsageError, match="needs a GPU"):
        amp_dtype(Amp.fp16, CPU)


def test_logs_samples_and_best_are_written_and_old_checkpoints_pruned(tmp_path: Path) -> None:
    make_trainer(tmp_path, save_every=1, keep=2).run()
    kept = sorted(path.stem for path in (tmp_path / "checkpoints").iterdir())
    assert kept[-2:] == ["step-00000007", "step-00000008"]
    assert len(kept) <= 3  # with the last good one, where that is older
    assert (tmp_path / "best.safetensors").exists()
    assert (tmp_path / "samples" / "step-00000008.png").exists()
    steps = [row.split(",")[0] for row in (tmp_path / "train.csv").read_text().splitlines()]
    assert steps == ["step", "2", "4", "6", "8"]


def test_log_rows_after_the_checkpoint_are_dropped_on_resume(tmp_path: Path) -> None:
    make_trainer(tmp_path).run()
    (tmp_path / "checkpoints" / "step-00000008.safetensors").unlink()
    again = make_trainer(tmp_path)
    again.resume()
    again.run()
    steps = [row.split(",")[0] for row in (tmp_path / "train.csv").read_text().splitlines()]
    assert steps == ["step", "2", "4", "6", "8"]


class Interrupted(Trainer):
    """Is interrupted in the step after `last` ones."""

    last = 5

    def _step(self, feed: Feed) -> None:
        super()._step(feed)
        self.interrupt.asked = self.position.step == self.last


def test_an_interruption_leaves_no_trace_in_what_is_picked_or_gone_back_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "is_good", lambda *_: True)
    settings = Settings(steps=8, batch=4, amp=Amp.fp32, log_every=2, val_every=4, save_every=4)
    for name, kind in (("whole", Trainer), ("cut", Interrupted)):
        torch.manual_seed(1)
        (tmp_path / name).mkdir()
        ended = kind(ToyRecipe(), make_rules(settings), tmp_path / name, CPU, ONE, QUIET).run()
        assert ended == (kind is Trainer)
    checkpoints = list_checkpoints(tmp_path / "cut" / "checkpoints")
    assert [read_mark(path) for path in checkpoints] == ["good", "doubtful"]  # at 4 and 5
    steps = [row.split(",")[0] for row in (tmp_path / "cut" / "val.csv").read_text().splitlines()]
    assert steps == ["step", "4"]
    again = Trainer(ToyRecipe(), make_rules(settings), tmp_path / "cut", CPU, ONE, QUIET)
    again.resume()
    assert again.position.step == 5
    assert again.run()
    for file in ("best.safetensors", "checkpoints/step-00000008.safetensors"):
        whole, cut = (load_file(tmp_path / name / file) for name in ("whole", "cut"))
        networks = [name for name in whole if not name.startswith("/position")]
        assert networks
        assert_equal([whole[name] for name in networks], [cut[name] for name in networks])
    assert (tmp_path / "cut" / "val.csv").read_text() == (tmp_path / "whole" / "val.csv").read_text()


class Killed(Trainer):
    """Dies at the beginning of the step after `last` ones."""

    last = 5

    def _step(self, feed: Feed) -> None:
        if self.position.step == self.last:
            raise SystemExit
        super()._step(feed)


def test_what_is_kept_for_the_export_is_known_to_a_run_that_goes_on_after_being_killed(
    tmp_path: Path,
) -> None:
    settings = Settings(max_time="1h", batch=4, amp=Amp.fp32, log_every=2, val_every=4, save_every=100)
    torch.manual_seed(1)
    with pytest.raises(SystemExit):
        Killed(ToyRecipe(), make_rules(settings), tmp_path, CPU, ONE, QUIET).run()
    assert (tmp_path / "best.safetensors").exists()
    again = Trainer(ToyRecipe(), make_rules(settings), tmp_path, CPU, ONE, QUIET)
    again.resume()
    assert again.position.step == 4
    assert again.position.picked is not None


@pytest.mark.parametrize("pick", Pick)
def test_a_figure_that_is_no_number_is_never_picked(pick: Pick, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, steps=6, val_every=2, pick=pick)
    figures = iter([float("nan"), 0.2, float("nan")])
    trainer.recipe.validate = lambda _: Validation({"mse": next(figures)}, "mse", False)  # type: ignore[method-assign]
    assert trainer.run()
    assert (trainer.position.best, trainer.position.picked) == (0.2, 0.2)


@pytest.mark.parametrize("figure", [torch.tensor(0.25), np.float32(0.25)])
def test_a_figure_in_other_hands_is_kept_as_a_number(figure: float, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, steps=2, val_every=1)
    trainer.recipe.validate = lambda _: Validation({"mse": figure}, "mse", False)  # type: ignore[method-assign]
    assert trainer.run()
    assert [type(kept) for kept in (trainer.position.best, trainer.position.picked)] == [float, float]


@pytest.mark.parametrize(("steps", "logged"), [(1, ["1"]), (5, ["2", "4", "5"]), (6, ["2", "4", "6"])])
def test_the_last_step_is_logged_once(steps: int, logged: list[str], tmp_path: Path) -> None:
    make_trainer(tmp_path, steps=steps).run()
    again = make_trainer(tmp_path, steps=steps)
    again.resume()
    assert again.run()
    rows = read_figures(tmp_path / "train.csv")
    assert [f"{step:g}" for step in rows.steps] == logged
    assert all(math.isfinite(rows.columns[name][-1]) for name in ("l2", "lr", "health/update_ratio_g"))
