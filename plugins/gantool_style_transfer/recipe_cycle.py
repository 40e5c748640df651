"""CycleGAN (Zhu et al. 2017): there and back again."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gantool_style_transfer.discriminator import PatchDiscriminator
from gantool_style_transfer.learner import Pair, PairOfJudges
from gantool_style_transfer.networks import StyleConfig
from gantool_style_transfer.recipe import CutRecipe, Sample


class CycleRecipe(CutRecipe):
    """Two generators and two discriminators play as one of each; both directions stand in one batch."""

    def fake(self, generator: nn.Module, batch: Sample) -> Tensor:
        """Return painted photographs, then photographed paintings."""
        both: Tensor = generator(batch.photo, batch.painting)
        return both

    def real(self, batch: Sample) -> Tensor:
        """Return paintings, then photographs."""
        return torch.cat((batch.painting, batch.photo))

    def _generator(self) -> nn.Module:
        return Pair(StyleConfig())

    def _discriminator(self) -> nn.Module | None:
        return PairOfJudges(PatchDiscriminator(), PatchDiscriminator())

    def _correspondence(self, generator: nn.Module, batch: Sample, fake: Tensor) -> Tensor:
        """Return how far pictures are from themselves after going there and back (equation 2)."""
        pair = _pair(generator)
        painted, pictured = fake.chunk(2)
        photo, painting = pair.back(painted), pair.painter(pictured)
        return functional.l1_loss(photo, batch.photo) + functional.l1_loss(painting, batch.painting)

    def _identity(self, generator: nn.Module, batch: Sample) -> Tensor:
        """Return how far each generator changes what already is as it should be (section 5.2)."""
        pair = _pair(generator)
        painted, pictured = pair.painter(batch.painting), pair.back(batch.photo)
        return functional.l1_loss(painted, batch.painting) + functional.l1_loss(pictured, batch.photo)


def _pair(generator: nn.Module) -> Pair:
    assert isinstance(generator, Pair)  # noqa: S101 - the trainer hands back our own network
    return generator
