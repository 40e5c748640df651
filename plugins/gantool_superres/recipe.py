"""The training recipe of super-resolution: data, networks, losses, validation, export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gantool.metrics import psnr_y
from gantool.networks.discriminator import UNetDiscriminator
from gantool.networks.loading import strangers
from gantool.task import Export, Judgement, TrainInputs, Validation
from gantool.train.draws import generators
from gantool.train.held_out import grid_of, middle_of
from gantool.train.layout import find_split
from gantool.train.losses.grid import grid_loss, weave_loss
from gantool.train.perceptual import load_perceptual
from gantool.train.pool import CropPool
from gantool_superres.degrade import LEAST, bicubic_down, second_order
from gantool_superres.networks import ARCHITECTURE, Generator, SuperResConfig
from gantool_superres.options import SIZES, Kind, weight_id
from gantool_superres.sharpen import sharpen
from gantool_superres.train_options import GRID, WEAVE, TrainSuperResOptions

VALIDATION_SIDE = 384


@dataclass(frozen=True)
class Pair:
    """LR (N, 3, h, w) and HR (N, 3, h * scale, w * scale), both in [0, 1]."""

    low: Tensor
    high: Tensor


class SuperResRecipe:
    """Implements `gantool.task.Recipe`."""

    def __init__(self, options: TrainSuperResOptions, inputs: TrainInputs) -> None:
        self.options = options
        self.inputs = inputs
        size = SIZES[options.size]
        config = SuperResConfig(options.scale, size.width, size.blocks)
        self.generator: nn.Module = Generator(config, training=options.surplus)
        gan = options.kind is Kind.photo
        self.discriminator: nn.Module | None = UNetDiscriminator() if gan else None
        self.perceptual = load_perceptual(inputs.backbone).to(inputs.device) if gan else None
        self.split = find_split(inputs.data, inputs.val, least=self._least)
        side = options.patch * options.scale
        self.pool = CropPool(self.split.train, side, inputs.memory, inputs.device)
        self.held_out = self._pairs()

    def batch(self, size: int, part: slice, rng: torch.Generator) -> Pair:
        """Draw crops and degrade them; the targets are sharpened, what is degraded is not."""
        crops = self.pool.draw(size, rng)[part]
        high = self.pool.cut(crops).float().div(255)
        samples = zip(high, generators(size, part, rng), strict=True)
        low = torch.cat([self._degrade(sample[None], own) for sample, own in samples])
        high = sharpen(high, self.options.scale, self.options.sharpen)
        layout = torch.channels_last
        return Pair(low.contiguous(memory_format=layout), high.contiguous(memory_format=layout))

    def fake(self, generator: nn.Module, batch: Pair) -> Tensor:
        """Upscale the batch."""
        output: Tensor = generator(batch.low)
        return output

    def real(self, batch: Pair) -> Tensor:
        """Return the HR pictures."""
        return batch.high

    def judge(self, discriminator: nn.Module, batch: Pair, image: Tensor) -> Judgement:
        """Ask the discriminator about HR pictures alone; to fit the LR is the pixel loss's matter."""
        return Judgement(discriminator(image))

    def own_losses(self, batch: Pair, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        """Return `grid` and `weave`, the patterns that come of the generator's pixel shuffle."""
        made, real, scale = fake.float(), self.real(batch), self.options.scale
        return {GRID: grid_loss(made - real, scale), WEAVE: weave_loss(made, real, scale)}

    def take_notes(self) -> Sequence[str]:
        """Return what the pool had to skip."""
        return self.pool.take_notes()

    def initialise(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
        """Take over an exported generator, also one of another depth or scale."""
        assert isinstance(self.generator, Generator)  # noqa: S101
        return (*self.generator.unfold(tensors), *strangers(tensors, self.generator))

    def validate(self, generator: nn.Module) -> Validation:
        """Return mean figures over held-out centre crops, and a grid of four of them.

        The best fidelity or robust weights are those of the highest PSNR-Y. A GAN's PSNR only falls; the
        distance in features, the best where `--pick best` asks for it, is least after its first hundreds of
        steps.
        """
        outputs = [generator(pair.low).float().clamp(0, 1) for pair in self.held_out]
        border = self.options.scale
        scores = [
            psnr_y(out.mul(255).round().div(255), pair.high, border)
            for out, pair in zip(outputs, self.held_out, strict=True)
        ]
        figures = {"psnr_y": sum(scores) / len(scores)}
        if self.perceptual is None:
            return Validation(figures, "psnr_y", True, self._grid(outputs))
        pairs = zip(outputs, self.held_out, strict=True)
        distances = [float(self.perceptual(output, pair.high)) for output, pair in pairs]
        figures["perceptual"] = sum(distances) / len(distances)
        return Validation(figures, "perceptual", False, self._grid(outputs))

    def export(self, generator: nn.Module) -> Export:
        """Fold the generator."""
        assert isinstance(generator, Generator)  # noqa: S101 - the trainer hands back our own network
        folded = generator.fold()
        options = self.options
        return Export(
            id=weight_id(options.scale, options.kind, options.size),
            summary=f"x{options.scale}, {options.kind.value}, {options.size.value}",
            architecture=ARCHITECTURE,
            config=folded.config.as_card(),
            tensors=folded.state_dict(),
            licence="Apache-2.0",
        )

    @property
    def _multiple(self) -> int:
        """Return what sides to validate on are multiples of."""
        return 4 * self.options.scale

    @property
    def _least(self) -> int:
        """Return the least that sides to validate on can be: once they are multiples, they are spoiled."""
        needed = 1 if self.options.kind is Kind.fidelity else LEAST
        return -(-needed // self._multiple) * self._multiple

    def _degrade(self, high: Tensor, rng: torch.Generator) -> Tensor:
        if self.options.kind is Kind.fidelity:
            return bicubic_down(high, self.options.scale)
        return second_order(high, self.options.scale, rng, self.options.light)

    def _pairs(self) -> list[Pair]:
        rng = torch.Generator().manual_seed(0)
        middles = (middle_of(path, VALIDATION_SIDE, self._multiple, self._least) for path in self.split.val)
        highs = [middle.to(self.inputs.device) for middle in middles]
        return [Pair(self._degrade(high, rng), high) for high in highs]

    def _grid(self, outputs: list[Tensor]) -> Tensor:
        """Return rows of LR (enlarged by repetition), output and truth."""
        scale = float(self.options.scale)
        return grid_of(
            [
                (nn.functional.interpolate(pair.low, scale_factor=scale), output, pair.high)
                for output, pair in zip(outputs, self.held_out, strict=True)
            ]
        )
