"""The training recipe of generation: data, networks, validation, export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from gantool.errors import TrainError, UsageError
from gantool.networks.loading import strangers
from gantool.task import Export, Judgement, TrainInputs, Validation
from gantool_generate.config import ARCHITECTURE, LABEL_SEPARATOR, SIDES, GenerateConfig, Preset
from gantool_generate.data import LabelledImages, Wanted, open_images
from gantool_generate.networks import Generator, build_discriminator, build_generator
from gantool_generate.on_demand import OnDemand
from gantool_generate.path_length import path_length
from gantool_generate.sameness import sameness
from gantool_generate.settle import settle
from gantool_generate.train_options import PATH_LENGTH, SAMENESS, TrainGenerateOptions
from gantool_generate.validation import HeldOut


@dataclass(frozen=True)
class Batch:
    """Latents (N, Z), classes (N,) or None, and real pictures (N, C, side, side) in [0, 1] of these."""

    latents: Tensor
    classes: Tensor | None
    real: Tensor


class GenerateRecipe:
    """Implements `gantool.task.Recipe`."""

    def __init__(self, options: TrainGenerateOptions, inputs: TrainInputs) -> None:
        self.options = options
        self.device = inputs.device
        wanted = Wanted(options.side, options.channels, options.crop, sides=SIDES, memory=inputs.memory)
        found = open_images(inputs.data, wanted, apart=inputs.val)
        self.config = _config(options, found)
        self.found = _placed(found, inputs.device)
        self.generator: nn.Module = build_generator(self.config)
        self.discriminator: nn.Module | None = build_discriminator(self.config)
        same = Wanted(self.config.side, self.config.channels, options.crop)
        reference = open_images(inputs.val, same) if inputs.val else self.found
        self.held_out = HeldOut(self.config, reference.images, self.device)

    def batch(self, size: int, part: slice, rng: torch.Generator) -> Batch:
        """Draw pictures and latents; what is made is of the real pictures' classes.

        Raises:
            UsageError: the part is of one picture, and the preset's batch norm has nothing else to look at.
        """
        if self.config.preset == Preset.mlp and len(range(size)[part]) < 2:
            raise UsageError("--preset mlp norms over a batch, and one is none", "use --batch 2 or more")
        rows = torch.randint(len(self.found), (size,), generator=rng)[part].to(self.device)
        labels = self.found.labels
        if labels is not None and self.config.classes:
            # Minibatch standard deviation compares neighbours, and so do losses: they shall be of one class.
            # Otherwise each class can collapse to one picture while the batch looks diverse, as it did here.
            rows = rows[labels[rows].argsort(stable=True)]
        latents = torch.randn(size, self.config.latent, generator=rng)[part].to(self.device)
        real = self.found.images[rows].float().div(255)
        if self.options.mirror:
            mirrored = torch.rand(size, generator=rng)[part].to(self.device) < 0.5
            real = torch.where(mirrored[:, None, None, None], real.flip(3), real)
        classes = labels[rows] if labels is not None and self.config.classes else None
        return Batch(latents, classes, real.contiguous(memory_format=torch.channels_last))

    def fake(self, generator: nn.Module, batch: Batch) -> Tensor:
        """Make pictures of the batch's latents and classes."""
        made: Tensor = generator(batch.latents, batch.classes)
        return made

    def real(self, batch: Batch) -> Tensor:
        """Return the real pictures."""
        return batch.real

    def judge(self, discriminator: nn.Module, batch: Batch, image: Tensor) -> Judgement:
        """Ask whether `image` is a real picture of the batch's class."""
        return Judgement(discriminator(image, batch.classes))

    def own_losses(self, batch: Batch, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        """Return how unevenly steps in latent space change pictures, and how much made ones are alike."""
        assert isinstance(generator, Generator)  # noqa: S101 - the trainer hands back our own network
        own = generator
        return OnDemand(
            {
                PATH_LENGTH: lambda: path_length(own, batch.latents, batch.classes),
                SAMENESS: lambda: sameness(fake, batch.real),
            }
        )

    def take_notes(self) -> Sequence[str]:
        """Return nothing: all pictures were read before the first step."""
        return ()

    def initialise(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
        """Take over layers of equal name and shape."""
        own = self.generator.state_dict()
        taken = {
            name: value for name, value in tensors.items() if name in own and own[name].shape == value.shape
        }
        self.generator.load_state_dict({**own, **taken})
        unmatched = sorted({name.rpartition(".")[0] or name for name in own.keys() - taken.keys()})
        return (*unmatched, *strangers(tensors, self.generator))

    def validate(self, generator: nn.Module) -> Validation:
        """Settle the averaged generator, and compare what it makes with real pictures."""
        assert isinstance(generator, Generator)  # noqa: S101
        settle(generator, self.device)
        return self.held_out.validate(generator)

    def export(self, generator: nn.Module) -> Export:
        """Return the settled generator with the facts that rebuild it."""
        assert isinstance(generator, Generator)  # noqa: S101
        settle(generator, self.device)
        return replace(self.outline(generator), tensors=generator.state_dict())

    def outline(self, generator: nn.Module) -> Export:
        """Return the facts alone: settling takes thousands of images."""
        options, config = self.options, self.config
        classes = f", {config.classes} classes" if config.classes else ""
        return Export(
            id=f"generate-{options.name or options.preset.value}",
            summary=f"{options.preset.value}, {config.side} x {config.side} pixels{classes}",
            architecture=ARCHITECTURE,
            config=config.as_card(),
            tensors={},
            licence="Apache-2.0",
        )


def _config(options: TrainGenerateOptions, found: LabelledImages) -> GenerateConfig:
    """Return the generator that suits options and data."""
    side = found.images.shape[2]
    if side not in SIDES:
        raise TrainError(f"the pictures have {side} pixels a side", f"give {SIDES[0]} or more")
    conditional = options.conditional and found.labels is not None
    return GenerateConfig(
        preset=options.preset.value,
        side=side,
        channels=found.images.shape[1],
        latent=options.latent_size,
        width=options.feature_width,
        labels=LABEL_SEPARATOR.join(found.class_names) if conditional else "",
        truncation=options.truncation,
    )


def _placed(found: LabelledImages, device: torch.device) -> LabelledImages:
    """Return the pictures and their classes on the training device."""
    labels = found.labels.to(device) if found.labels is not None else None
    return LabelledImages(found.images.to(device), labels, found.class_names)
