"""One task on trial: its recipe on made-up pictures, one step of it, and the enhancer that comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import nn

from gantool.task import AnyTask, Enhancer, Export, LoadedWeight, Recipe, Sampler, Train, TrainInputs
from gantool.testing.pictures import Painter
from gantool.train.config import plain, resolve
from gantool.train.contest import Contest
from gantool.train.criteria import Criteria
from gantool.train.export import for_card
from gantool.train.game import GameSettings
from gantool.train.settings import Settings
from gantool.train.step import Rules
from gantool.train.terms import ImageLoss, Term, check_names
from gantool.weights import files
from gantool.weights.card import Card

CPU = torch.device("cpu")
LEAST_SIDE = 96
MEMORY = 1 << 28


@dataclass(frozen=True)
class Wishes:
    """What a plugin's author asks of the trial; None stands for the options' defaults."""

    train: Any
    enhance: Any
    evaluate: Any
    sample: Any
    batch: int
    pictures: Painter
    backbone: Path | None


class Trial:
    """Everything costly is made once, when first asked for."""

    def __init__(self, task: AnyTask, wishes: Wishes, folder: Path) -> None:
        self.task = task
        self.wishes = wishes
        self.folder = folder

    @property
    def train(self) -> Train[Any]:
        """The training capability."""
        assert self.task.train is not None  # noqa: S101 - training checks run for tasks that have it
        return self.task.train

    @cached_property
    def train_options(self) -> Any:
        """The options of `train`."""
        return self.train.options() if self.wishes.train is None else self.wishes.train

    @cached_property
    def data(self) -> Path:
        """A training set with room around the smallest patch."""
        return self.paint("data", max(LEAST_SIDE, self.train.smallest_side(self.train_options) + 16))

    def paint(self, name: str, side: int) -> Path:
        """Make a training set of pictures with shorter sides of `side` pixels."""
        folder = self.folder / name
        folder.mkdir()
        self.wishes.pictures(folder, side)
        return folder

    def build(self, data: Path) -> Recipe:
        """Build the recipe anew, from the same seed."""
        torch.manual_seed(0)
        inputs = TrainInputs(data, None, CPU, seed=0, memory=MEMORY, backbone=self.backbone)
        return self.train.build(self.train_options, inputs)

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe that steps are taken with."""
        return self.build(self.data)

    @cached_property
    def terms(self) -> Mapping[str, Term]:
        """The losses the task asks for; UsageError for a name that means none."""
        terms = {name: Term(weight) for name, weight in self.train.losses(self.train_options).items()}
        check_names(terms, self.train.own_losses, self.train.paired)
        return terms

    @cached_property
    def backbone(self) -> Path | None:
        """The VGG16 of perceptual losses, of random numbers where none is given; None without such."""
        asked = {ImageLoss.perceptual, ImageLoss.style} & set(self.terms)
        if self.wishes.backbone is not None or not asked:
            return self.wishes.backbone
        from gantool.testing.backbone import write_backbone

        return write_backbone(self.folder / "vgg16.safetensors")

    def rules(self) -> Rules:
        """Return what the trainer would be told; UsageError for settings it does not have."""
        options = self.train_options
        tiny = {"steps": 1, "batch": self.wishes.batch, "amp": "fp32", "log_every": 1}
        settings = resolve(Settings, [self.train.settings(options), tiny])
        criteria = Criteria(self.terms, self.train.own_losses, CPU, self.backbone)
        return Rules(settings, criteria, Contest(resolve(GameSettings, [self.train.game(options)])))

    def draw(self, recipe: Recipe, seed: int = 0) -> Any:
        """Draw a batch."""
        size = self.wishes.batch
        return recipe.batch(size, slice(0, size), torch.Generator().manual_seed(seed))

    @cached_property
    def export(self) -> Export:
        """What the recipe exports of its generator."""
        with torch.no_grad():
            return self.recipe.export(self.recipe.generator.eval())

    def card(self, export: Export) -> Card:
        """Return the card that a run would write."""
        return Card(
            id=export.id,
            task=self.task.name,
            architecture=export.architecture,
            config=export.config,
            licence=export.licence,
            summary=export.summary,
            recipe=for_card(plain(self.train_options)),
            notes="A trial of the contract test kit.",
        )

    @cached_property
    def weight(self) -> LoadedWeight:
        """The exported weight, written to a file and read again."""
        path = self.folder / f"{self.export.id}{files.SUFFIX}"
        files.save(path, self.export.tensors, self.card(self.export))
        return files.load(path, task=self.task.name)

    @cached_property
    def enhance_options(self) -> Any:
        """The options of `enhance`."""
        assert self.task.enhance is not None  # noqa: S101 - callers looked
        return self.task.enhance.options() if self.wishes.enhance is None else self.wishes.enhance

    def enhancer(self, weights: Sequence[LoadedWeight] | None = None) -> Enhancer:
        """Build the enhancer, with the exported weight in the place of each that the options name."""
        capability = self.task.enhance
        assert capability is not None  # noqa: S101 - callers looked
        needed = len(capability.weights(self.enhance_options))
        return capability.build(self.enhance_options, weights or [self.weight] * needed)

    def sampler(self, options: Any = None) -> Sampler:
        """Build the sampler, with the exported weight in the place of each that the options name."""
        capability = self.task.sample
        assert capability is not None  # noqa: S101 - callers looked
        if options is None:
            options = capability.options() if self.wishes.sample is None else self.wishes.sample
        sampler = capability.build(options, [self.weight] * len(capability.weights(options)))
        sampler.module.eval().requires_grad_(False)
        return sampler

    def class_names(self) -> tuple[str, ...]:
        """Return the classes that the exported weight's card names."""
        assert self.task.sample is not None  # noqa: S101 - callers looked
        return self.task.sample.classes([self.weight.card])


def networks_of(recipe: Recipe) -> Mapping[str, nn.Module]:
    """Return the recipe's networks by the name the contract gives them."""
    found = {"generator": recipe.generator}
    return found if recipe.discriminator is None else {**found, "discriminator": recipe.discriminator}
