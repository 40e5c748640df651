"""The training recipe: a conditional GAN that finds chroma for luma."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from gantool.networks.loading import strangers
from gantool.task import Export, Judgement, TrainInputs, Validation
from gantool.train.layout import find_split
from gantool.train.pool import CropPool
from torch import Tensor, nn

from gantool_colorize.colour import chroma, luma, merged
from gantool_colorize.held_out import HeldOut
from gantool_colorize.networks import ARCHITECTURE, ColorizeConfig, Discriminator, Generator
from gantool_colorize.options import WEIGHT, TrainColorizeOptions, smallest_side

GREY_WEIGHT = 0.02
"""How much a pixel without colour counts in the loss, where one with all of it counts 0.5 more."""

PALETTE_CELL = 0.05
PALETTE_SIDE = round(1 / PALETTE_CELL) + 1


@dataclass(frozen=True)
class Batch:
    """Luma (N, 1, H, W) and the coloured picture (N, 3, H, W), both in [0, 1]."""

    bright: Tensor
    picture: Tensor


class ColorizeRecipe:
    """Implements `gantool.task.Recipe`."""

    def __init__(self, options: TrainColorizeOptions, inputs: TrainInputs) -> None:
        self.options = options
        self.generator: nn.Module = Generator()
        self.discriminator: nn.Module | None = Discriminator()
        split = find_split(inputs.data, inputs.val)
        self.pool = CropPool(split.train, smallest_side(options), inputs.memory, inputs.device)
        self.held_out = HeldOut(split.val, options.reduce, inputs.device)

    def batch(self, size: int, part: slice, rng: torch.Generator) -> Batch:
        """Draw squares and reduce them, so that a patch shows enough of a scene to tell what it is."""
        crops = self.pool.draw(size, rng)[part]
        picture = functional.avg_pool2d(self.pool.cut(crops).float().div(255), self.options.reduce)
        picture = picture.contiguous(memory_format=torch.channels_last)
        return Batch(luma(picture), picture)

    def fake(self, generator: nn.Module, batch: Batch) -> Tensor:
        """Colour the batch; the brightness stays as it is."""
        return merged(batch.bright, generator(batch.bright).float())

    def real(self, batch: Batch) -> Tensor:
        """Return the pictures as they were."""
        return batch.picture

    def judge(self, discriminator: nn.Module, batch: Batch, image: Tensor) -> Judgement:
        """Show the discriminator an image's colours beside the grey picture they were found for."""
        logits, features = discriminator(batch.bright, chroma(image))
        return Judgement(logits, features)

    def own_losses(self, batch: Batch, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        """Return the mean absolute error of chroma, in which coloured pixels count more.

        Most of a photograph is nearly grey, and a plain mean would be lowest for a generator that
        paints nothing (class rebalancing, Zhang et al. 2016, in its simplest form).
        """
        return {"chroma": chroma_error(chroma(fake.float()), chroma(batch.picture))}

    def take_notes(self) -> Sequence[str]:
        """Return what the pool had to skip."""
        return self.pool.take_notes()

    @torch.no_grad()
    def initialise(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
        """Take over the tensors whose name and shape match; return the names of the others, on both sides."""
        own = self.generator.state_dict()
        fitting = {
            name: tensors[name] for name in own if name in tensors and tensors[name].shape == own[name].shape
        }
        self.generator.load_state_dict(own | fitting)
        unmatched = (name for name in own if name not in fitting)
        return (*unmatched, *strangers(tensors, self.generator))

    def validate(self, generator: nn.Module) -> Validation:
        """Measure chroma's error and palettes on held-out pictures.

        The best weights are those of the nearest palettes: which grey thing had which colour cannot be
        known, and the error is lowest where little is painted.
        """
        outputs = self.held_out.coloured(generator)
        pairs = [(chroma(output), chroma(true)) for output, true in zip(outputs, self.held_out, strict=True)]
        figures = {
            "chroma_error": _mean([float(chroma_error(*pair)) for pair in pairs]),
            "palette": _mean([palette_distance(*pair) for pair in pairs]),
        }
        return Validation(figures, "palette", False, self.held_out.grid(outputs))

    def export(self, generator: nn.Module) -> Export:
        """Return the generator."""
        assert isinstance(generator, Generator)  # the trainer hands back our own network
        return Export(
            id=WEIGHT,
            summary="colours for grey photographs",
            architecture=ARCHITECTURE,
            config=ColorizeConfig(" ".join(map(str, generator.widths))).as_card(),
            tensors=generator.state_dict(),
            licence="Apache-2.0",
        )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))


def chroma_error(found: Tensor, true: Tensor) -> Tensor:
    """Return the weighted mean absolute error of two chromas (N, 2, H, W), 0 to 1."""
    weight = GREY_WEIGHT + true.abs().amax(1, keepdim=True)
    return (weight * (found - true).abs()).mean() / weight.mean()


def palette_distance(found: Tensor, true: Tensor) -> float:
    """Return how much of one chroma (1, 2, H, W) has colours that the other has not, 0 to 1.

    Half the absolute difference of their histograms, in cells of 0.05 (13 of 255 levels).
    """
    histograms = []
    for colour in (found, true):
        places = ((colour.clamp(-0.5, 0.5) + 0.5) / PALETTE_CELL).round().long()
        cells = places[:, 0] * PALETTE_SIDE + places[:, 1]
        histograms.append(torch.bincount(cells.flatten(), minlength=PALETTE_SIDE**2) / cells.numel())
    return float((histograms[0] - histograms[1]).abs().sum() / 2)
