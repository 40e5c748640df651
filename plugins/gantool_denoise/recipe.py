"""The training recipe of denoising: data, networks, validation, export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from gantool.metrics import psnr
from gantool.networks.discriminator import UNetDiscriminator
from gantool.networks.loading import strangers
from gantool.task import Export, Judgement, TrainInputs, Validation
from gantool.train.draws import generators
from gantool.train.layout import find_split
from gantool.train.losses.grid import grid_loss
from gantool.train.perceptual import load_perceptual
from gantool.train.pool import CropPool
from gantool_denoise.degrade import Sample, gaussian, joined, patches, told
from gantool_denoise.enhance import Denoiser
from gantool_denoise.fitting import fit_estimator
from gantool_denoise.held_out import HeldOut
from gantool_denoise.mixture import photo
from gantool_denoise.networks import ARCHITECTURE, MULTIPLE_OF, DenoiseConfig, Generator
from gantool_denoise.options import SIZES, weight_id
from gantool_denoise.train_options import GRID, Stage, TrainDenoiseOptions

# Relative errors of the level that is told. Of a photo, a patch's level also differs from the whole's.
GAUSSIAN_ERROR, PHOTO_ERROR = 0.06, 0.3
# Quantiles that the estimates aim at: of a photo, a level too low is the worse error.
GAUSSIAN_LEAN, PHOTO_LEAN = 0.5, 0.7

CHANNELS = 3
TAKEN_MIDDLE = 0.5
"""What the discriminator is shown where nothing was taken away: the middle of a picture's range."""


class DenoiseRecipe:
    """Implements `gantool.task.Recipe`."""

    def __init__(self, options: TrainDenoiseOptions, inputs: TrainInputs) -> None:
        self.options = options
        self.inputs = inputs
        size = SIZES[options.size]
        config = DenoiseConfig(*size.widths, *size.blocks)
        self.generator: nn.Module = Generator(config, training=options.surplus)
        gan = options.kind is Stage.photo
        self.discriminator: nn.Module | None = UNetDiscriminator(2 * CHANNELS) if gan else None
        self.perceptual = load_perceptual(inputs.backbone).to(inputs.device) if gan else None
        self.split = find_split(inputs.data, inputs.val, least=MULTIPLE_OF)
        # Spoiled on the CPU, where its codec and generators are.
        self.pool = CropPool(self.split.train, 2 * options.patch, inputs.memory, torch.device("cpu"))
        self.held_out = HeldOut(self.split.val, options.kind, inputs.device)

    def batch(self, size: int, part: slice, rng: torch.Generator) -> Sample:
        """Draw patches and spoil them; the level is told with the error that estimating makes."""
        large = self.pool.cut(self.pool.draw(size, rng)[part]).float().div(255)
        own = zip(large, generators(size, part, rng), strict=True)
        return joined([self._sample(patch[None], its) for patch, its in own], self.inputs.device)

    def fake(self, generator: nn.Module, batch: Sample) -> Tensor:
        """Denoise the batch."""
        output: Tensor = generator(batch.noisy, batch.sigma)
        return output

    def real(self, batch: Sample) -> Tensor:
        """Return the clean pictures."""
        return batch.clean

    def judge(self, discriminator: nn.Module, batch: Sample, image: Tensor) -> Judgement:
        """Ask the discriminator about a picture beside what was taken away from the noisy one.

        From the picture alone it learns next to nothing (docs/training.md): a good denoiser leaves little
        to see in most of them. What it took away gives it away, since edges and texture are in it, too.
        """
        taken = TAKEN_MIDDLE + batch.noisy - image
        return Judgement(discriminator(torch.cat((image, taken), 1)))

    def own_losses(self, batch: Sample, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        """Return `grid`, the pattern that repeats with the squares that the generator's halvings make."""
        return {GRID: grid_loss(fake.float() - self.real(batch), MULTIPLE_OF)}

    def take_notes(self) -> Sequence[str]:
        """Return what the pool had to skip."""
        return self.pool.take_notes()

    def initialise(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
        """Take over an exported generator, also one of another depth."""
        assert isinstance(self.generator, Generator)  # noqa: S101
        prefix = "generator."
        own = {
            name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)
        }
        beyond = (prefix + name for name in strangers(own, self.generator))
        return (*self.generator.unfold(own), *beyond)

    def validate(self, generator: nn.Module) -> Validation:
        """Return mean figures over held-out crops, and a grid of four of them.

        The best weights are those of the highest PSNR. A GAN's PSNR only falls; the distance in features, the
        best where `--pick best` asks for it, is least after its first hundreds of steps.
        """
        outputs = self.held_out.denoised(generator)
        figures = self.held_out.figures(outputs, psnr)
        grid = self.held_out.grid(outputs)
        if self.perceptual is None:
            return Validation(figures, "psnr", True, grid)
        distances = [
            float(self.perceptual(output, sample.clean))
            for output, sample in zip(outputs, self.held_out.samples, strict=True)
        ]
        figures["perceptual"] = sum(distances) / len(distances)
        return Validation(figures, "perceptual", False, grid)

    def export(self, generator: nn.Module) -> Export:
        """Fold the generator and fit the level estimator to what it was trained on."""
        assert isinstance(generator, Generator)  # noqa: S101 - the trainer hands back our own network
        denoiser = Denoiser(generator.config)
        denoiser.generator = generator.fold()
        lean = GAUSSIAN_LEAN if self.options.kind is Stage.gaussian else PHOTO_LEAN
        denoiser.estimator = fit_estimator(self.split.train, self._spoiled, self.options.draws, lean)
        return replace(self.outline(generator), tensors=denoiser.state_dict())

    def outline(self, generator: nn.Module) -> Export:
        """Return the facts alone: the estimator is fitted to all pictures, which takes its time."""
        assert isinstance(generator, Generator)  # noqa: S101 - the trainer hands back our own network
        options = self.options
        return Export(
            id=weight_id(options.kind, options.size),
            summary=f"{options.kind.value}, {options.size.value}",
            architecture=ARCHITECTURE,
            config=generator.config.as_card(),
            tensors={},
            licence="Apache-2.0",
        )

    def _sample(self, large: Tensor, rng: torch.Generator) -> Sample:
        spread = GAUSSIAN_ERROR if self.options.kind is Stage.gaussian else PHOTO_ERROR
        return told(self._spoiled(patches(large, rng, self.options.reduced), rng), rng, spread)

    def _spoiled(self, clean: Tensor, rng: torch.Generator) -> Sample:
        return gaussian(clean, rng) if self.options.kind is Stage.gaussian else photo(clean, rng)
