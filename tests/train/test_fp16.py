"""Steps under a loss scaler, as `--amp fp16` takes them on a GPU; here they are taken on a CPU."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from gantool.train import players
from gantool.train.game import GameSettings
from gantool.train.loop import Trainer
from gantool.train.meter import Meter
from tests.train.test_contest import batches
from tests.train.test_step import make_trainer, step_once


@pytest.fixture(autouse=True)
def fp16(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(players, "amp_dtype", lambda *_: torch.float16)


def scale_of(trainer: Trainer) -> float:
    return float(trainer.players.scaler.get_scale())


def test_a_critic_that_moves_more_than_once_is_unscaled_each_time(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, GameSettings(n_critic=3))
    trainer.players.scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    for _ in range(2):
        assert not step_once(trainer, batches(3), 0.5).skipped
    assert trainer.players.discriminator is not None
    state = next(iter(trainer.players.discriminator.optimizers[0].state.values()))
    assert state["step"].item() == 6


@pytest.mark.parametrize("has_critic", [True, False])
def test_a_generator_that_is_frozen_whole_takes_no_part(has_critic: bool, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, freeze="*", freeze_steps=1)
    if not has_critic:
        trainer.players.discriminator = None
    before = [parameter.clone() for parameter in trainer.players.generator.parameters()]
    assert float(step_once(trainer, batches(), 0.5).signals["grad_norm_g"]) == 0
    after = trainer.players.generator.parameters()
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_an_overflow_halves_the_scale_and_hides_no_other_step(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    trainer.players.scaler = torch.amp.GradScaler("cpu", init_scale=2.0**34)
    meter, moved = Meter(), 0
    for _ in range(30):
        before = scale_of(trainer)
        report = step_once(trainer, batches(), 0.5)
        moved += scale_of(trainer) >= before
        meter.add(report)
    window = meter.window()
    assert 0 < moved < 30
    assert window.skipped == 0
    assert window.grad_norm_g is not None
    assert window.grad_norm_d is not None
    assert math.isfinite(window.grad_norm_g + window.grad_norm_d + sum(window.losses.values()))
