"""The toy recipe with batches that are not finite, or that end the process, at chosen steps and attempts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from torch import Tensor, nn

from gantool.task import Judgement
from gantool.train.feed import step_seed
from gantool.train.game import GameSettings
from gantool.train.loop import Trainer
from gantool.train.processes import Ranks
from gantool.train.settings import Amp, Settings
from tests.train.toy import ToyBatch, ToyRecipe, make_rules

ONE = Ranks(0, 1, 0)
DEFAULTS = {
    **{"steps": 12, "batch": 4, "amp": Amp.fp32, "lr": 1e-2},
    **{"log_every": 2, "val_every": 6, "save_every": 4},
}
Draw = tuple[int, int]
"""A step and the attempt at it: how often the run was rolled back before."""


class KilledError(Exception):
    """Stands for `kill -9`: nothing is saved when it comes."""


@dataclass(frozen=True)
class Plan:
    """What befalls a run: bad batches (on one rank or on all), and a kill; `normalised` adds batch norm."""

    bad: Collection[Draw] = ()
    bad_rank: int | None = None
    killed_at: Draw | None = None
    normalised: bool = False
    game: GameSettings | None = None


HARMLESS = Plan()


class PoisonedRecipe(ToyRecipe):
    def __init__(self, plan: Plan) -> None:
        super().__init__()
        if plan.normalised:  # running statistics are what a bad batch spoils without moving any weight
            middle = nn.Sequential(nn.BatchNorm2d(8), nn.ReLU())
            self.generator = nn.Sequential(
                nn.Conv2d(3, 8, 3, padding=1), middle, nn.Conv2d(8, 3, 3, padding=1)
            )
        self._bad = {step_seed(0, *draw) for draw in plan.bad}
        self._last = None if plan.killed_at is None else step_seed(0, *plan.killed_at)
        self._rank = plan.bad_rank

    def batch(self, size: int, part: slice, rng: torch.Generator) -> ToyBatch:
        seed = rng.initial_seed()
        if seed == self._last:
            raise KilledError
        batch = super().batch(size, part, rng)
        here = self._rank is None or part.start == self._rank * (part.stop - part.start)
        if here and seed in self._bad:
            batch.given[0, 0, 0, 0] = float("nan")
        return batch

    def fake(self, generator: nn.Module, batch: ToyBatch) -> Tensor:
        change: Tensor = generator(batch.given)
        return batch.given + change  # as diverse as what is wanted from the first step on

    def judge(self, discriminator: nn.Module, batch: ToyBatch, image: Tensor) -> Judgement:
        return Judgement(discriminator(image))  # through the wrapper, that gradients are averaged


def poisoned(folder: Path, plan: Plan = HARMLESS, ranks: Ranks = ONE, **changes: object) -> Trainer:
    """Return a trainer of twelve steps with a checkpoint every four."""
    values = {**DEFAULTS, **changes}
    settings = Settings(**values)  # type: ignore[arg-type]
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(1)
    rules = make_rules(settings, plan.game)
    return Trainer(PoisonedRecipe(plan), rules, folder, torch.device("cpu"), ranks, Console(quiet=True))
