"""The ring of eight Gaussians, the classic test of mode collapse, as a recipe for the trainer as it stands.

Points in the plane from eight Gaussians evenly spread on a circle (Metz et al. 2017, "Unrolled Generative
Adversarial Networks", section 3.1): a generator that collapses makes one or two of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from torch import Tensor, nn

from gantool.task import Export, Judgement, Validation
from gantool.train.contest import Contest
from gantool.train.criteria import Criteria
from gantool.train.game import GameSettings
from gantool.train.loop import Trainer
from gantool.train.processes import Ranks
from gantool.train.settings import Amp, Settings
from gantool.train.step import Rules

MODES, RADIUS, SIGMA = 8, 2.0, 0.05
LATENT, WIDTH, SAMPLES = 16, 128, 2500
FEWEST = 20
"""High-quality samples (within three sigma of a mode) of 2,500 that make a mode covered, as in PacGAN."""
TRAINER: Mapping[str, int | float] = {
    "batch": 256,
    "steps": 1500,
    "lr": 2e-3,
    "lr_d": 2e-3,
    "lr_end": 0.1,
    "beta1": 0.5,
    "ema": 0.99,
    "log_every": 25,
    "val_every": 10**6,
    "save_every": 100,
}
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Points:
    """Latents (N, 16) and real points (N, 2, 1, 1)."""

    latents: Tensor
    real: Tensor


@dataclass(frozen=True)
class Score:
    """Modes covered of eight, and the share of samples within three sigma of one, in [0, 1]."""

    modes: int
    quality: float


class Flat(nn.Module):
    """A perceptron over what is left when (N, C, 1, 1) is made (N, C); returns its hidden layers, too."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            [nn.Linear(inputs, WIDTH), nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, outputs)]
        )

    def forward(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return (N, outputs) and the activations before."""
        hidden = x.flatten(1)
        features = []
        for layer in self.layers[:-1]:
            hidden = nn.functional.leaky_relu(layer(hidden), 0.2)
            features.append(hidden)
        return self.layers[-1](hidden), tuple(features)


def centres() -> Tensor:
    """Return the modes (8, 2)."""
    angles = torch.arange(MODES) * (2 * math.pi / MODES)
    return RADIUS * torch.stack([angles.cos(), angles.sin()], 1)


class Ring:
    """The recipe."""

    def __init__(self) -> None:
        self.generator: nn.Module = Flat(LATENT, 2)
        self.discriminator: nn.Module | None = Flat(2, 1)

    def batch(self, size: int, part: slice, rng: torch.Generator) -> Points:
        """Draw latents and real points."""
        latents = torch.randn(size, LATENT, generator=rng)
        chosen = torch.randint(MODES, (size,), generator=rng)
        real = centres()[chosen] + SIGMA * torch.randn(size, 2, generator=rng)
        return Points(latents[part], real[part].reshape(-1, 2, 1, 1))

    def fake(self, generator: nn.Module, batch: Points) -> Tensor:
        """Return points (N, 2, 1, 1)."""
        points: Tensor = generator(batch.latents)[0]
        return points.reshape(-1, 2, 1, 1)

    def real(self, batch: Points) -> Tensor:
        """Return the real points."""
        return batch.real

    def judge(self, discriminator: nn.Module, batch: Points, image: Tensor) -> Judgement:
        """Ask about points (N, 2, 1, 1)."""
        return Judgement(*discriminator(image))

    def own_losses(self, batch: Points, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        """Return none."""
        return {}

    def take_notes(self) -> tuple[str, ...]:
        """Return none: points cannot be unreadable."""
        return ()

    def initialise(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
        """Take nothing."""
        return ()

    def validate(self, generator: nn.Module) -> Validation:
        """Count the modes."""
        score = score_of(sample(generator))
        return Validation({"modes": score.modes, "quality": score.quality}, "modes", True)

    def export(self, generator: nn.Module) -> Export:
        """Return the generator."""
        return Export("ring", "eight Gaussians", "mlp", {"width": WIDTH}, generator.state_dict(), "CC0-1.0")


@torch.no_grad()
def sample(generator: nn.Module) -> Tensor:
    """Return 2,500 made points (N, 2), always of the same latents."""
    latents = torch.randn(SAMPLES, LATENT, generator=torch.Generator().manual_seed(12345))
    points: Tensor = generator(latents)[0]
    return points


def score_of(points: Tensor) -> Score:
    """Count modes and good samples of points (N, 2)."""
    distance, nearest = torch.cdist(points, centres()).min(1)
    good = distance < 3 * SIGMA
    counts = torch.bincount(nearest[good], minlength=MODES)
    return Score(int((counts >= FEWEST).sum()), float(good.float().mean()))


def make_trainer(
    folder: Path, game: GameSettings, seed: int, recipe: type[Ring] = Ring, **changes: int | float
) -> Trainer:
    """Return a trainer of the ring in a folder of its own; `changes` are over `TRAINER`."""
    values = {**TRAINER, **changes, "seed": seed, "amp": Amp.fp32}
    settings = Settings(**values)  # type: ignore[arg-type]
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    rules = Rules(settings, Criteria({}, (), CPU, None), Contest(game))
    return Trainer(recipe(), rules, folder, CPU, Ranks(0, 1, 0), Console(quiet=True))
