"""What one training run is told, apart from the task's own options. Torch-free."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gantool.errors import UsageError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = r"(?:([0-9]+\.?[0-9]*|\.[0-9]+)([smhd]))"
_MOST_SEED = (1 << 63) - 1
_MOST_BATCH = 1 << 20  # more than any memory holds, and few enough for every integer on the way


class Amp(StrEnum):
    """Precision of the training step's forward passes; weights and optimisers stay float32."""

    auto = "auto"
    fp32 = "fp32"
    bf16 = "bf16"
    fp16 = "fp16"


class Pick(StrEnum):
    """Which of the validated averages a run exports."""

    best = "best"
    last = "last"


class Optimiser(StrEnum):
    """What moves the generator. Discriminators are Adam's."""

    adam = "adam"
    muon = "muon"


def parse_duration(text: str) -> float:
    """Return seconds for `90s`, `30m`, `2h`, `1d` or `1h30m`."""
    written = text.strip().lower()
    if not re.fullmatch(rf"({_PART})+", written):
        raise UsageError(f"cannot read the duration {text!r}", "write it like 90s, 30m, 2h or 1h30m")
    seconds = sum(float(number) * _UNITS[unit] for number, unit in re.findall(_PART, written))
    if not 0 < seconds < math.inf:
        raise UsageError(f"{text!r} is no time to train in", "write it like 90s, 30m, 2h or 1h30m")
    return seconds


@dataclass(frozen=True)
class Settings:
    """Trainer settings; the recipe's defaults, a TOML file and flags override each other in this order."""

    steps: Annotated[int, typer.Option(help="Step budget; the schedule ends with it.", min=0)] = 0
    max_time: Annotated[str, typer.Option(help="Time budget instead, like 30m or 2h.")] = ""
    batch: Annotated[int, typer.Option(help="Samples of a step on each process.", min=1, max=_MOST_BATCH)] = (
        16
    )
    accumulate: Annotated[
        int, typer.Option(help="Forward passes summed into one step.", min=1, max=_MOST_BATCH)
    ] = 1
    lr: Annotated[float, typer.Option(help="Generator's peak learning rate.", min=0.0)] = 5e-4
    lr_d: Annotated[float, typer.Option(help="Discriminator's peak learning rate.", min=0.0)] = 1e-4
    lr_end: Annotated[float, typer.Option(help="Last rate, as a part of the peak.", min=0.0, max=1.0)] = 1e-3
    warmup: Annotated[float, typer.Option(help="Part of the budget to warm up in.", min=0.0, max=0.5)] = 0.01
    optimizer: Annotated[
        Optimiser,
        typer.Option(help="What moves the generator: Adam; or Muon its hidden kernels, and Adam the rest."),
    ] = Optimiser.adam
    beta1: Annotated[float, typer.Option(help="Adam's first decay.", min=0.0, max=1.0)] = 0.9
    beta2: Annotated[float, typer.Option(help="Adam's second decay.", min=0.0, max=1.0)] = 0.99
    ema: Annotated[float, typer.Option(help="Decay of the weights' moving average.", min=0.0, max=1.0)] = (
        0.999
    )
    clip: Annotated[float, typer.Option(help="Largest gradient norm; 0 is no limit.", min=0.0)] = 0.0
    amp: Annotated[Amp, typer.Option(help="Precision of the forward passes.")] = Amp.auto
    seed: Annotated[int, typer.Option(help="Seed of everything random.", min=0, max=_MOST_SEED)] = 0
    log_every: Annotated[int, typer.Option(help="Steps between log lines.", min=1)] = 100
    val_every: Annotated[int, typer.Option(help="Steps between validations.", min=1)] = 1000
    pick: Annotated[
        Pick,
        typer.Option(help="Which validated weights are exported: the best by their figure, or the last."),
    ] = Pick.best
    save_every: Annotated[int, typer.Option(help="Steps between checkpoints.", min=1)] = 500
    keep: Annotated[int, typer.Option(help="Last checkpoints to keep.", min=1)] = 2
    patience: Annotated[
        int, typer.Option(help="Skipped steps, or diverging log lines, in a row before a roll-back.", min=1)
    ] = 3
    repairs: Annotated[
        int, typer.Option(help="Roll-backs to a good checkpoint at half the rate; 0 is none.", min=0)
    ] = 3
    freeze: Annotated[str, typer.Option(help="Generator parameters to keep at first, such as 'body.*'.")] = ""
    freeze_steps: Annotated[int, typer.Option(help="Steps for which --freeze holds.", min=0)] = 0
    compile: Annotated[bool, typer.Option(help="Compile the networks (torch.compile).")] = False
    backbone: Annotated[
        Path | None,
        typer.Option(
            help="Stored VGG16 for perceptual losses; default is what `gantool weights backbone` keeps."
        ),
    ] = None
    memory: Annotated[float, typer.Option(help="GiB of decoded pictures to hold.", min=0.0)] = 8.0

    def __post_init__(self) -> None:
        """Refuse contradictions before the first step."""
        if self.steps and self.max_time:
            raise UsageError("both --steps and --max-time are given", "choose one budget")
        for name in ("beta1", "beta2"):
            if getattr(self, name) >= 1:
                raise UsageError(f"--{name} {getattr(self, name):g} never forgets", "choose one below 1")
        if self.max_time:
            parse_duration(self.max_time)
        if bool(self.freeze) != bool(self.freeze_steps):
            raise UsageError("--freeze and --freeze-steps go together", "give both or none")

    @property
    def seconds(self) -> float:
        """Return the time budget in seconds, 0 where there is none."""
        return parse_duration(self.max_time) if self.max_time else 0.0


Surplus = Annotated[
    bool,
    typer.Option(
        help="Surplus parameters in each kernel until it is exported (RepVGG, OREPA): each step teaches "
        "more, and takes longer."
    ),
]
"""A task's own option, where its generator is `Foldable`."""

FINISHING: Mapping[str, int | float | str] = {
    "lr": 2e-4,
    "lr_d": 4e-4,
    "beta1": 0.5,
    "ema": 0.998,
    "pick": Pick.last.value,
}
"""What suits a GAN that finishes trained weights, for recipes to start from: low rates, the discriminator's
the higher one (TTUR, Heusel et al. 2017), a short average, and the last weights."""


@dataclass(frozen=True)
class Budget:
    """Steps or seconds; progress runs from 0 to 1 in either."""

    steps: int
    seconds: float

    def progress(self, step: int, elapsed: float) -> float:
        """Return the part of the budget that is spent, at most 1."""
        spent = step / self.steps if self.steps else elapsed / self.seconds
        return min(1.0, spent)


def budget_of(settings: Settings) -> Budget:
    """Return the budget, or raise UsageError where none is given."""
    if not settings.steps and not settings.max_time:
        raise UsageError("no budget is given", "add --steps 100000 or --max-time 2h")
    return Budget(settings.steps, settings.seconds)


def known_fields(options: type[object]) -> frozenset[str]:
    """Return the field names of an options dataclass."""
    return frozenset(field.name for field in fields(options))  # type: ignore[arg-type]
