"""What every recipe shares: photographs, paintings, what is kept and reached, validation, export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn

from gantool.networks.loading import strangers
from gantool.task import Export, Judgement, TrainInputs, Validation
from gantool.train.layout import find_split
from gantool.train.perceptual import load_perceptual
from gantool.train.pool import CropPool
from gantool_style_transfer.discriminator import PatchDiscriminator
from gantool_style_transfer.held_out import LEAST, HeldOut
from gantool_style_transfer.lazy import LazyLosses
from gantool_style_transfer.learner import Learner, as_learner, take_over
from gantool_style_transfer.networks import ARCHITECTURE, Generator, StyleConfig
from gantool_style_transfer.paintings import Paintings
from gantool_style_transfer.style_loss import (
    Grams,
    Taps,
    content_distance,
    edge_distance,
    grams,
    style_distance,
    taps,
)
from gantool_style_transfer.train_options import TrainStyleOptions


@dataclass(frozen=True)
class Sample:
    """Photographs (N, 3, H, W), and crops of paintings (M, 3, h, w) that are none of theirs, in [0, 1]."""

    photo: Tensor
    painting: Tensor


class CutRecipe:
    """Implements `gantool.task.Recipe`: contrastive unpaired translation (Park et al. 2020) to a painting."""

    zoom = 1.0
    """How much nearer than whole paintings their crops may be seen (`Paintings`)."""

    def __init__(self, options: TrainStyleOptions, inputs: TrainInputs) -> None:
        self.options = options
        self.paintings = Paintings(
            options.style, options.painting_side, options.patch, inputs.device, self.zoom
        )
        self.generator: nn.Module = self._generator()
        self.discriminator: nn.Module | None = self._discriminator()
        self.perceptual = load_perceptual(inputs.backbone).to(inputs.device)
        split = find_split(inputs.data, inputs.val, may_lack_val=True, least=LEAST)
        self.photos = CropPool(split.train, options.patch, inputs.memory, inputs.device)
        self.held_out = HeldOut(split.val or split.train, self.perceptual, inputs.device)
        self._wanted: Grams = {}

    def batch(self, size: int, part: slice, rng: torch.Generator) -> Sample:
        """Draw photographs, and crops of the paintings."""
        crops = self.photos.draw(size, rng)[part]
        painting = self.paintings.crops(size, self.options.patch, rng)[part]
        return Sample(self._photos(self.photos.cut(crops)), painting)

    def fake(self, generator: nn.Module, batch: Sample) -> Tensor:
        """Paint the photographs."""
        painted: Tensor = generator(batch.photo)
        return painted

    def real(self, batch: Sample) -> Tensor:
        """Return the paintings' crops."""
        return batch.painting

    def judge(self, discriminator: nn.Module, batch: Sample, image: Tensor) -> Judgement:
        """Ask whether the picture's patches are painted."""
        return Judgement(discriminator(image))

    def own_losses(self, batch: Sample, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        """Return the losses that this task has.

        style and perceptual: over VGG16's features; edges: over Sobel magnitudes (style_loss.py);
        correspondence: PatchNCE of result and photograph; identity: the same of a painting and what is made
        of it, which should stay as it is.
        """
        painted = fake[: len(batch.photo)]
        features = cache(lambda: taps(self.perceptual, painted))
        return LazyLosses(
            {
                "style": lambda: self._style(features(), batch),
                "edges": lambda: edge_distance(painted, batch.photo),
                "perceptual": lambda: content_distance(features(), self._seen(batch.photo)),
                "correspondence": lambda: self._correspondence(generator, batch, fake),
                "identity": lambda: self._identity(generator, batch),
            }
        )

    def take_notes(self) -> Sequence[str]:
        """Return what the pool had to skip."""
        return self.photos.take_notes()

    def initialise(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
        """Take over an exported generator, of whatever style."""
        painter = _painter(self.generator)
        unmatched = (f"painter.{name}" for name in take_over(painter, tensors))
        return (*unmatched, *strangers(tensors, painter))

    def validate(self, generator: nn.Module) -> Validation:
        """Paint held-out photographs."""
        painter = _painter(generator)
        return self.held_out.validate(lambda photo, _: painter(photo), lambda _: self._whole())

    def export(self, generator: nn.Module) -> Export:
        """Return the generator alone."""
        painter, options = _painter(generator), self.options
        return Export(
            id=f"style-transfer-{options.style_name}",
            summary=options.work or f"after {', '.join(file.name for file in self.paintings.files[:3])}",
            architecture=ARCHITECTURE,
            config=painter.config.as_card(),
            tensors=painter.state_dict(),
            licence="Apache-2.0",
        )

    def _generator(self) -> nn.Module:
        return Learner(StyleConfig())

    def _discriminator(self) -> nn.Module | None:
        return PatchDiscriminator()

    def _photos(self, cut: Tensor) -> Tensor:
        return cut.float().div(255).contiguous(memory_format=torch.channels_last)

    @torch.no_grad()
    def _seen(self, image: Tensor) -> dict[str, Tensor]:
        return taps(self.perceptual, image)

    def _whole(self) -> Grams:
        """Return the mean Gram matrices of the paintings, computed when first asked for."""
        if not self._wanted:
            found = [grams(self._seen(picture)) for picture in self.paintings.pictures]
            self._wanted = {name: torch.stack([one[name] for one in found]).mean(0) for name in found[0]}
        return self._wanted

    def _wanted_by(self, batch: Sample) -> Grams:
        """Return the Gram matrices that the batch should have, (groups, C, C)."""
        return self._whole()

    def _style(self, features: Taps, batch: Sample) -> Tensor:
        """Compare mean Gram matrices of the pictures of one style: one may be calm where another is not."""
        wanted = self._wanted_by(batch)
        groups = len(next(iter(wanted.values())))
        made = {
            name: matrix.reshape(groups, -1, *matrix.shape[1:]).mean(1)
            for name, matrix in grams(features).items()
        }
        return style_distance(made, wanted)

    def _correspondence(self, generator: nn.Module, batch: Sample, fake: Tensor) -> Tensor:
        return as_learner(generator).nce(fake, batch.photo)

    def _identity(self, generator: nn.Module, batch: Sample) -> Tensor:
        learner = as_learner(generator)
        return learner.nce(learner(batch.painting), batch.painting)


def _painter(generator: nn.Module) -> Generator:
    painter = generator.painter
    assert isinstance(painter, Generator)  # noqa: S101 - of a Learner or a Pair
    return painter
