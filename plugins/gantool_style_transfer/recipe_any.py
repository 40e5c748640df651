"""One generator for whatever painting it is shown."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gantool.task import Validation
from gantool_style_transfer.encoder import colours, recoloured
from gantool_style_transfer.learner import Learner, as_learner
from gantool_style_transfer.networks import StyleConfig
from gantool_style_transfer.recipe import CutRecipe, Sample
from gantool_style_transfer.style_loss import Grams, grams

CONFIG = StyleConfig(code=64)
"""As wide as one style's, so that its convolutions can be started from."""

_GROUPS = 2
"""Paintings in a batch; each is for as many of its photographs."""


class AnyRecipe(CutRecipe):
    """Each batch has two paintings, in their own or in other colours; what is made must fit its own.

    There is no discriminator: one that does not know which painting is meant would ask for their mean.
    """

    zoom = 2.0
    """From near, each painting is one of larger strokes: few works give more manners."""

    def batch(self, size: int, part: slice, rng: torch.Generator) -> Sample:
        """Draw photographs, and larger crops of two paintings, recoloured."""
        crops = self.photos.draw(size, rng)[part]
        photo = self._photos(self.photos.cut(crops))
        groups = _GROUPS if len(crops) % _GROUPS == 0 else 1
        side = self.options.patch * 3 // 2
        indices = torch.randint(len(self.paintings.pictures), (groups,), generator=rng).tolist()
        cuts = (self.paintings.crop(index, side, rng) for index in indices)
        palettes = torch.cat((self.paintings.palettes, colours(photo)))
        painting = torch.cat([recast(cut, palettes, rng) for cut in cuts])
        return Sample(photo, painting)

    def fake(self, generator: nn.Module, batch: Sample) -> Tensor:
        """Paint each photograph as its painting is."""
        painted: Tensor = generator(batch.photo, batch.painting)
        return painted

    @torch.no_grad()
    def validate(self, generator: nn.Module) -> Validation:
        """Paint held-out photographs, each after another of the paintings."""
        pictures = self.paintings.pictures
        found: dict[int, Grams] = {}

        def wanted(index: int) -> Grams:
            which = index % len(pictures)
            if which not in found:
                found[which] = grams(self._seen(pictures[which]))
            return found[which]

        return self.held_out.validate(
            lambda photo, index: generator(photo, pictures[index % len(pictures)]), wanted
        )

    def _generator(self) -> nn.Module:
        return Learner(CONFIG)

    def _discriminator(self) -> nn.Module | None:
        return None

    def _wanted_by(self, batch: Sample) -> Grams:
        return grams(self._seen(batch.painting))

    def _correspondence(self, generator: nn.Module, batch: Sample, fake: Tensor) -> Tensor:
        learner = as_learner(generator)
        return learner.nce(fake, batch.photo, learner.codes(len(fake), batch.painting))

    def _identity(self, generator: nn.Module, batch: Sample) -> Tensor:
        """Return how far a painting is from what its own manner makes of it."""
        return functional.l1_loss(generator(batch.painting, batch.painting), batch.painting)


def recast(painting: Tensor, palettes: Tensor, rng: torch.Generator) -> Tensor:
    """Return (1, 3, h, w), perhaps in colours of a palette (P, 12), with swapped channels, or turned.

    Few paintings have few palettes; a generator for any has to follow what it is shown.
    """
    chance, swap, share, turn = torch.rand(4, generator=rng).tolist()
    if turn < 0.3:
        painting = painting.transpose(2, 3)
    if swap < 0.25:
        painting = painting[:, torch.randperm(3, generator=rng).to(painting.device)]
    if chance < 0.5:
        return painting
    other = palettes[int(torch.randint(len(palettes), (1,), generator=rng))][None]
    return recoloured(painting, torch.lerp(colours(painting), other, 0.3 + 0.7 * share)).clamp(0, 1)
