"""A recipe of two tiny networks, so that the trainer is tested without any task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gantool.task import Export, LoadedWeight, Validation


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

    def generator_losses(
        self, batch: ToyBatch, fake: Tensor, discriminator: nn.Module | None
    ) -> Mapping[str, Tensor]:
        terms = {"pixel": (fake.float() - batch.wanted).pow(2).mean()}
        if discriminator is not None:
            terms["gan"] = -0.01 * discriminator(fake).float().mean()
        return terms

    def discriminator_losses(
        self, batch: ToyBatch, fake: Tensor, discriminator: nn.Module
    ) -> Mapping[str, Tensor]:
        return {"d": discriminator(fake).float().mean() - discriminator(batch.wanted).float().mean()}

    def initialise(self, weight: LoadedWeight) -> tuple[str, ...]:
        return ()

    def validate(self, generator: nn.Module) -> Validation:
        batch = self.batch(2, slice(0, 2), torch.Generator().manual_seed(99))
        error = float((generator(batch.given).float() - batch.wanted).pow(2).mean())
        return Validation({"mse": error}, "mse", False, batch.wanted[0])

    def export(self, generator: nn.Module) -> Export:
        return Export("toy", "a toy", "toy", {"width": 8}, generator.state_dict(), "CC0-1.0")
