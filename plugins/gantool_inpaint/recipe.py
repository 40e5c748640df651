"""The training recipe of inpainting: data, networks, validation, export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gantool.networks.discriminator import UNetDiscriminator
from gantool.networks.loading import strangers
from gantool.task import Export, Judgement, TrainInputs, Validation
from gantool.train.layout import find_split
from gantool.train.losses.grid import grid_loss
from gantool.train.perceptual import load_perceptual
from gantool.train.pool import CropPool
from gantool_inpaint.held_out import HeldOut, Holed
from gantool_inpaint.mixture import holes
from gantool_inpaint.networks import ARCHITECTURE, MULTIPLE_OF, Generator, InpaintConfig
from gantool_inpaint.options import Kind, weight_id
from gantool_inpaint.train_options import GRID, LOG_MSE, TrainInpaintOptions

# An error of one grey level and a half: to be nearer than that is of no use.
LEAST_MSE = 4e-5


class InpaintRecipe:
    """Implements `gantool.task.Recipe`."""

    def __init__(self, options: TrainInpaintOptions, inputs: TrainInputs) -> None:
        self.options = options
        self.inputs = inputs
        self.generator: nn.Module = Generator(InpaintConfig(), training=options.surplus)
        gan = options.kind is Kind.photo
        self.discriminator: nn.Module | None = UNetDiscriminator() if gan else None
        self.perceptual = load_perceptual(inputs.backbone).to(inputs.device) if gan else None
        self.split = find_split(inputs.data, inputs.val, least=MULTIPLE_OF)
        self.pool = CropPool(self.split.train, options.patch, inputs.memory, inputs.device)
        self.held_out = HeldOut(self.split.val, inputs.device)

    def batch(self, size: int, part: slice, rng: torch.Generator) -> Holed:
        """Draw patches and the holes in them."""
        crops = self.pool.draw(size, rng)
        masks = holes(size, self.options.patch, rng)[part]
        clean = self.pool.cut(crops[part]).float().div(255)
        return Holed(clean.contiguous(memory_format=torch.channels_last), masks.to(clean.device))

    def fake(self, generator: nn.Module, batch: Holed) -> Tensor:
        """Fill the holes; around them the pictures are the given ones."""
        output: Tensor = generator(batch.holed, batch.mask)
        return output

    def real(self, batch: Holed) -> Tensor:
        """Return the clean pictures."""
        return batch.clean

    def judge(self, discriminator: nn.Module, batch: Holed, image: Tensor) -> Judgement:
        """Ask the discriminator about pictures; only what it says of holes counts.

        Around them made and real pictures are the same, and most of a picture is around them: judged
        everywhere, a discriminator is at chance whatever it knows. It is not shown where the holes are: what
        stands in them has to give it away, and it learned more slowly with the mask beside the picture.
        """
        logits = discriminator(image)
        inside = functional.adaptive_avg_pool2d(batch.mask, logits.shape[2:]) > 0
        return Judgement(logits, places=inside)

    def own_losses(self, batch: Holed, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        """Return `log_mse` and `grid`.

        `log_mse` is the mean over pictures of the logarithm of the squared error in the holes. It is what a
        mean PSNR measures (HINet, Chen et al. 2021): an easy picture counts like a hard one. `grid` is the
        pattern that repeats with the squares that the generator's halvings make, as strong as it is in holes.
        """
        difference = fake.float() - batch.clean
        values = batch.mask.sum((1, 2, 3)) * batch.clean.shape[1]
        squared = difference.square().sum((1, 2, 3)) / values
        pattern = grid_loss(difference, MULTIPLE_OF) / batch.mask.mean()
        return {LOG_MSE: (squared + LEAST_MSE).log().mean(), GRID: pattern}

    def take_notes(self) -> Sequence[str]:
        """Return what the pool had to skip."""
        return self.pool.take_notes()

    def initialise(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
        """Take over an exported generator, also one of another depth."""
        assert isinstance(self.generator, Generator)  # noqa: S101
        return (*self.generator.unfold(tensors), *strangers(tensors, self.generator))

    def validate(self, generator: nn.Module) -> Validation:
        """Return mean figures over held-out crops, and a grid of four of them.

        The best weights are those of the highest PSNR in the holes. A GAN's PSNR only falls; the distance in
        features, the best where `--pick best` asks for it, is least after its first hundreds of steps.
        """
        outputs = self.held_out.filled(generator)
        figures = self.held_out.figures(outputs)
        grid = self.held_out.grid(outputs)
        if self.perceptual is None:
            return Validation(figures, "psnr_hole", True, grid)
        distances = [
            float(self.perceptual(output, sample.clean))
            for output, sample in zip(outputs, self.held_out.samples, strict=True)
        ]
        figures["perceptual"] = sum(distances) / len(distances)
        return Validation(figures, "perceptual", False, grid)

    def export(self, generator: nn.Module) -> Export:
        """Fold the generator."""
        assert isinstance(generator, Generator)  # noqa: S101 - the trainer hands back our own network
        folded = generator.fold()
        return Export(
            id=weight_id(self.options.kind),
            summary=self.options.kind.value,
            architecture=ARCHITECTURE,
            config=folded.config.as_card(),
            tensors=folded.state_dict(),
            licence="Apache-2.0",
        )
