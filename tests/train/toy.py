"""A recipe of two tiny networks, so that the trainer is tested without any task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gantool.task import Export, Judgement, Validation
from gantool.train.contest import Contest
from gantool.train.criteria import Criteria
from gantool.train.game import GameSettings
from gantool.train.settings import Settings
from gantool.train.step import Rules
from gantool.train.terms import Term, Terms


@dataclass(frozen=True)
class ToyBatch:
    given: Tensor
    wanted: Tensor


class ToyRecipe:
    def __init__(self, gan: bool = True) -> None:
        self.generator: nn.Module = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 3, 3, padding=1)
        )
        self.discriminator: nn.Module | None = (
            nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 1, 3)) if gan else None
        )

    def batch(self, size: int, part: slice, rng: torch.Generator) -> ToyBatch:
        wanted = torch.rand(size, 3, 12, 12, generator=rng)
        noise = torch.randn(size, 3, 12, 12, generator=rng)
        return ToyBatch((wanted + 0.1 * noise)[part], wanted[part])

    def fake(self, generator: nn.Module, batch: ToyBatch) -> Tensor:
        output: Tensor = generator(batch.given)
        return output

    def real(self, batch: ToyBatch) -> Tensor:
        return batch.wanted

    def judge(self, discriminator: nn.Module, batch: ToyBatch, image: Tensor) -> Judgement:
        hidden = image
        features = []
        for layer in getattr(discriminator, "module", discriminator):
            hidden = layer(hidden)
            features.append(hidden)
        return Judgement(features.pop(), tuple(features))

    def own_losses(self, batch: ToyBatch, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        return {"brightness": (fake.float().mean() - batch.wanted.mean()).abs()}

    def take_notes(self) -> Sequence[str]:
        return ()

    def initialise(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
        return ()

    def validate(self, generator: nn.Module) -> Validation:
        batch = self.batch(2, slice(0, 2), torch.Generator().manual_seed(99))
        error = float((generator(batch.given).float() - batch.wanted).pow(2).mean())
        return Validation({"mse": error}, "mse", False, batch.wanted[0])

    def export(self, generator: nn.Module) -> Export:
        return Export("toy", "a toy", "toy", {"width": 8}, generator.state_dict(), "CC0-1.0")


def make_rules(settings: Settings, game: GameSettings | None = None, terms: Terms | None = None) -> Rules:
    """Return the rules of a toy run: squared error, and the plain game at a small weight."""
    chosen = {"l2": Term(1.0)} if terms is None else terms
    criteria = Criteria(chosen, ("brightness",), torch.device("cpu"), None)
    return Rules(settings, criteria, Contest(game or GameSettings(adversarial=0.01)))
