"""Recipes with one thing broken each: the kit's sentence names it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gantool.task import AnyTask, Judgement, TrainInputs, Validation
from gantool.testing import Check, ContractError, check_task
from tests.contract.toy import Batch, ToyRecipe, TrainOptions, toy_task


def sentences(task: AnyTask, check: Check) -> str:
    with pytest.raises(ContractError) as caught:
        check_task(task, only=[check])
    assert {finding.check for finding in caught.value.findings} == {check}
    return str(caught.value)


def test_the_toy_keeps_the_contract() -> None:
    made = check_task(toy_task())
    assert {Check.OPTIONS, Check.STEP, Check.ROUND_TRIP, Check.TILES} <= set(made)


class GlobalRandomness(ToyRecipe):
    def batch(self, size: int, part: slice, rng: torch.Generator) -> Batch:
        wanted = super().batch(size, part, rng).wanted
        return Batch(wanted + 0.1 * torch.randn_like(wanted), wanted)


class SameBatch(ToyRecipe):
    def batch(self, size: int, part: slice, rng: torch.Generator) -> Batch:
        return super().batch(size, part, torch.Generator().manual_seed(0))


class WholeBatch(ToyRecipe):
    def batch(self, size: int, part: slice, rng: torch.Generator) -> Batch:
        return super().batch(size, slice(0, size), rng)


class NoTensors(ToyRecipe):
    def batch(self, size: int, part: slice, rng: torch.Generator) -> Any:
        return "pictures"


class ByteRange(ToyRecipe):
    def real(self, batch: Batch) -> Tensor:
        return batch.wanted * 255


class OtherShape(ToyRecipe):
    def real(self, batch: Batch) -> Tensor:
        return batch.wanted[..., 1:]


class BareLogits(ToyRecipe):
    def judge(self, discriminator: nn.Module, batch: Batch, image: Tensor) -> Any:
        return discriminator(image)


class MeanLogit(ToyRecipe):
    def judge(self, discriminator: nn.Module, batch: Batch, image: Tensor) -> Judgement:
        return Judgement(discriminator(image).mean((0, 1), keepdim=True))


class Elsewhere(ToyRecipe):
    def judge(self, discriminator: nn.Module, batch: Batch, image: Tensor) -> Judgement:
        return Judgement(discriminator(image), places=torch.ones(len(image), dtype=torch.bool))


class Blind(ToyRecipe):
    def judge(self, discriminator: nn.Module, batch: Batch, image: Tensor) -> Judgement:
        return Judgement(discriminator(image).detach())


class Frozen(ToyRecipe):
    @torch.no_grad()
    def fake(self, generator: nn.Module, batch: Batch) -> Tensor:
        return super().fake(generator, batch)


class NoNotes(ToyRecipe):
    def take_notes(self) -> Any:
        return None


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        (GlobalRandomness, "take all randomness from the rng"),
        (SameBatch, "one batch whatever the rng"),
        (WholeBatch, "return the part alone"),
        (NoTensors, "return a dataclass of tensors"),
        (ByteRange, "images are in [0, 1]"),
        (OtherShape, "they have one shape"),
        (BareLogits, "return gantool.task.Judgement"),
        (MeanLogit, "keep their order"),
        (Elsewhere, "Recipe.judge marks places"),
        (Blind, "Recipe.judge gives logits without a gradient"),
        (Frozen, "Recipe.fake gives images without a gradient"),
        (NoNotes, "Recipe.take_notes returns None: return a line for each"),
    ],
)
def test_batches(recipe: type[ToyRecipe], says: str) -> None:
    assert says in sentences(toy_task(recipe), Check.BATCH)


class NoOwnLoss(ToyRecipe):
    def own_losses(self, batch: Batch, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        return {}


class OneMoreLoss(ToyRecipe):
    def own_losses(self, batch: Batch, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        return {**super().own_losses(batch, fake, generator), "more": fake.mean()}


class DetachedLoss(ToyRecipe):
    def own_losses(self, batch: Batch, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        return super().own_losses(batch, fake.detach(), generator)


class LossOfEachPixel(ToyRecipe):
    def own_losses(self, batch: Batch, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        return {"brightness": (fake - batch.wanted).abs()}


@pytest.mark.parametrize(
    ("task", "says"),
    [
        (toy_task(NoOwnLoss), "declares 'brightness', which Recipe.own_losses does not return"),
        (toy_task(OneMoreLoss), "returns 'more', which would be left out"),
        (toy_task(DetachedLoss), "compute it from `fake`"),
        (toy_task(LossOfEachPixel), "must be one finite number"),
        (toy_task(losses=lambda options: {"l1": 1.0, "brighness": 0.1}), "did you mean brightness?"),
        (toy_task(losses=lambda options: {"l1": 1.0}), "has no weight"),
        (toy_task(game=lambda options: {"gradient_penality": 10.0}), "did you mean gradient_penalty?"),
        (toy_task(settings=lambda options: {"bach": 8}), "did you mean batch"),
        (toy_task(own_losses=("brightness", "gan")), "the loss 'gan' is called like a loss of the ad"),
        (toy_task(own_losses=("brightness", "l1")), "the loss 'l1' is called like a loss between pictures"),
        (toy_task(own_losses=("brightness", "Dark")), "the loss 'Dark' cannot be weighed by --loss"),
    ],
)
def test_losses_and_settings(task: AnyTask, says: str) -> None:
    assert says in sentences(task, Check.LOSSES)


class Detached(ToyRecipe):
    def fake(self, generator: nn.Module, batch: Batch) -> Tensor:
        return super().fake(generator, batch).detach().requires_grad_()


class Unused(ToyRecipe):
    def __init__(self, options: TrainOptions, inputs: TrainInputs) -> None:
        super().__init__(options, inputs)
        self.generator.add_module("spare", nn.Identity())
        self.generator.register_parameter("left_over", nn.Parameter(torch.ones(3)))


class RootOfZero(ToyRecipe):
    def own_losses(self, batch: Batch, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        return {"brightness": (fake - fake).sum().sqrt()}


class NotFinite(ToyRecipe):
    def own_losses(self, batch: Batch, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        return {"brightness": fake.mean() / 0}


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        (Detached, "no gradient reaches the generator"),
        (Unused, "no gradient reaches left_over of the generator"),
        (RootOfZero, "a gradient of the first step is not finite"),
        (NotFinite, "the loss 'brightness' is"),
    ],
)
def test_steps(recipe: type[ToyRecipe], says: str) -> None:
    assert says in sentences(toy_task(recipe), Check.STEP)


def test_the_smallest_side() -> None:
    small = toy_task(smallest_side=lambda options: options.patch - 1)
    assert "pictures of 15 pixels do not do" in sentences(small, Check.SMALLEST_SIDE)
    large = toy_task(smallest_side=lambda options: 2 * options.patch)
    assert "pictures of 31 pixels do as well" in sentences(large, Check.SMALLEST_SIDE)


def test_two_runs_of_one_seed() -> None:
    calls = iter(range(100))

    class Drifting(ToyRecipe):
        def fake(self, generator: nn.Module, batch: Batch) -> Tensor:
            return super().fake(generator, batch) + next(calls)

    assert "gives two generators" in sentences(toy_task(Drifting), Check.TRAINING_REPEATS)


class WrongBest(ToyRecipe):
    def validate(self, generator: nn.Module) -> Validation:
        return replace(super().validate(generator), best_by="psnr")


class RandomFigure(ToyRecipe):
    def validate(self, generator: nn.Module) -> Validation:
        return Validation({"mean": float(torch.rand(()))}, "mean", True)


@pytest.mark.parametrize(
    ("recipe", "says"), [(WrongBest, "none of the figures"), (RandomFigure, "finds two things")]
)
def test_validation(recipe: type[ToyRecipe], says: str) -> None:
    assert says in sentences(toy_task(recipe), Check.VALIDATION)


def test_what_was_found_before_is_told_with_what_a_plugin_raises() -> None:
    with pytest.raises(ContractError) as caught:
        check_task(toy_task(NoOwnLoss), only=[Check.LOSSES, Check.STEP])
    assert [finding.check for finding in caught.value.findings] == [Check.LOSSES, Check.STEP]
    assert "does not return" in str(caught.value.findings[0])


def test_what_a_plugin_raises_is_the_cause() -> None:
    class Raises(ToyRecipe):
        def real(self, batch: Batch) -> Tensor:
            raise KeyError("wanted")

    with pytest.raises(ContractError, match="KeyError: 'wanted'") as caught:
        check_task(toy_task(Raises), only=[Check.BATCH])
    assert isinstance(caught.value.__cause__, KeyError)
