"""One task on trial: its recipe on made-up pictures, one step of it, and the enhancer that comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from gantool.weights import files, store
from gantool.weights.card import Card
from gantool.weights.needed import is_there

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
        smallest = self.train.smallest_side(self.train_options) + 16 if self.task.train else 0
        return self.paint("data", max(LEAST_SIDE, smallest))

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

    @cached_property
    def sample_options(self) -> Any:
        """The options of `sample`."""
        assert self.task.sample is not None  # noqa: S101 - callers looked
        return self.task.sample.options() if self.wishes.sample is None else self.wishes.sample

    @property
    def enhances(self) -> bool:
        """Whether there is an enhancer that can be built here."""
        capability = self.task.enhance
        return capability is not None and self._is_at_hand(lambda: capability.weights(self.enhance_options))

    @property
    def samples(self) -> bool:
        """Whether there is a sampler that can be built here."""
        capability = self.task.sample
        return capability is not None and self._is_at_hand(lambda: capability.weights(self.sample_options))

    def _is_at_hand(self, needed: Callable[[], Sequence[str]]) -> bool:
        """Return False where a weight of a task that does not train lies elsewhere alone: none is fetched."""
        if self.task.train is not None:
            return True
        elsewhere = {weight.id for weight in self.task.known_weights if weight.url}
        try:
            return all(is_there(wanted, self.task) for wanted in needed() if wanted in elsewhere)
        except Exception:  # a third party's code; the first check that asks for the same tells what it raised
            return True

    def _weights(self, needed: Sequence[str], trained: LoadedWeight | None) -> list[LoadedWeight]:
        """Return a weight for each id, as users would have them, with the trained one in its places.

        It has its own id's place, and those of all of its architecture: what `train` makes here is smaller
        than what is published. Networks of another architecture are the installed ones.
        """
        if self.task.train is None:
            return [store.load(wanted, self.task) for wanted in needed]
        made = trained or self.weight
        return [self._installed_other(wanted) or made for wanted in needed]

    def _installed_other(self, wanted: str) -> LoadedWeight | None:
        """Return the installed weight of an id where it is another network than the one that is trained."""
        if wanted == self.weight.id or not is_there(wanted, self.task):
            return None
        found = store.load(wanted, self.task)
        return found if found.card.architecture != self.weight.card.architecture else None

    def enhance_weights(self, trained: LoadedWeight | None = None) -> list[LoadedWeight]:
        """Return the enhancer's weights, `trained` in the places of the exported one."""
        assert self.task.enhance is not None  # noqa: S101 - callers looked
        return self._weights(self.task.enhance.weights(self.enhance_options), trained)

    def sample_weights(self, options: Any) -> list[LoadedWeight]:
        """Return the sampler's weights for these options."""
        assert self.task.sample is not None  # noqa: S101 - callers looked
        return self._weights(self.task.sample.weights(options), None)

    def enhancer(self, weights: Sequence[LoadedWeight] | None = None) -> Enhancer:
        """Build the enhancer."""
        capability = self.task.enhance
        assert capability is not None  # noqa: S101 - callers looked
        given = self.enhance_weights() if weights is None else weights
        with self._explained(capability.weights(self.enhance_options)):
            return capability.build(self.enhance_options, given)

    def sampler(self, options: Any = None, weights: Sequence[LoadedWeight] | None = None) -> Sampler:
        """Build the sampler, with its own options or those of an evaluation."""
        capability = self.task.sample
        assert capability is not None  # noqa: S101 - callers looked
        options = self.sample_options if options is None else options
        given = self.sample_weights(options) if weights is None else weights
        with self._explained(capability.weights(options)):
            sampler = capability.build(options, given)
        sampler.module.eval().requires_grad_(False)
        return sampler

    @contextmanager
    def _explained(self, needed: Sequence[str]) -> Iterator[None]:
        """Note, where the networks of several weights cannot be put together, which were not to be had."""
        try:
            yield
        except Exception as failure:
            others = [one for one in dict.fromkeys(needed) if self.task.train and one != self.weight.id]
            for wanted in others if len(set(needed)) > 1 else ():
                if not is_there(wanted, self.task):
                    failure.add_note(
                        f"with the trained {self.weight.id} in the place of {wanted}, which is not installed"
                    )
            raise

    def class_names(self) -> tuple[str, ...]:
        """Return the classes that the weights' cards name."""
        assert self.task.sample is not None  # noqa: S101 - callers looked
        return self.task.sample.classes([one.card for one in self.sample_weights(self.sample_options)])


def networks_of(recipe: Recipe) -> Mapping[str, nn.Module]:
    """Return the recipe's networks by the name the contract gives them."""
    found = {"generator": recipe.generator}
    return found if recipe.discriminator is None else {**found, "discriminator": recipe.discriminator}
