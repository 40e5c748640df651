"""The ring of eight Gaussians: the right losses cover it, repaired or not, and a collapse shows its light."""

from __future__ import annotations

import csv
from contextlib import suppress
from pathlib import Path

import torch

from benchmarks.ring_game import MODES, Points, Ring, centres, make_trainer, sample, score_of
from gantool.errors import TrainError
from gantool.train.events import EventKind, read_events
from gantool.train.feed import step_seed
from gantool.train.game import GameSettings

R1 = GameSettings(r1=0.1, lazy=1)


class SpoiltRing(Ring):
    """Three batches in a row are not finite, at the first attempt."""

    def batch(self, size: int, part: slice, rng: torch.Generator) -> Points:
        points = super().batch(size, part, rng)
        if rng.initial_seed() in {step_seed(0, step) for step in (330, 331, 332)}:
            points.latents[0] = float("nan")
        return points


def test_the_score_counts_modes_and_good_points() -> None:
    exact = centres().repeat_interleave(20, 0)
    assert score_of(exact) == score_of(exact.flip(0))
    assert (score_of(exact).modes, score_of(exact).quality) == (MODES, 1.0)
    half = torch.cat([centres()[:4].repeat_interleave(20, 0), torch.zeros(80, 2)])
    assert (score_of(half).modes, score_of(half).quality) == (4, 0.5)
    assert score_of(exact[1:]).modes == MODES - 1  # one point too few


def test_with_r1_and_a_repair_all_eight_modes_are_covered(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, R1, 0, SpoiltRing, steps=900)
    assert trainer.run()
    assert trainer.position.condition.rolled_back == 1
    assert score_of(sample(trainer.players.ema.module)).modes == MODES


def test_a_collapsing_generator_lights_the_collapse_signal_and_is_rolled_back(tmp_path: Path) -> None:
    rates = {"lr": 1e-2, "lr_d": 1e-4, "log_every": 10}
    seen = make_trainer(tmp_path / "seen", GameSettings(), 0, Ring, steps=300, repairs=0, **rates)
    assert seen.run()
    with (tmp_path / "seen" / "train.csv").open(newline="") as file:
        lights = [row["lights/diversity"] for row in csv.DictReader(file)]
    assert lights.count("2") > len(lights) / 3
    assert score_of(sample(seen.players.ema.module)).modes <= 2
    warned = [event.text for event in read_events(tmp_path / "seen") if event.kind is EventKind.WARNING]
    assert any(text.startswith("red: G collapses") for text in warned)

    repaired = make_trainer(tmp_path / "repaired", GameSettings(), 0, Ring, steps=300, repairs=1, **rates)
    with suppress(TrainError):  # these rates may be beyond repair
        repaired.run()
    assert repaired.position.condition.collapses == 1
    assert repaired.players.generator.scale == 0.5
