"""A tiny task that keeps the contract, in parts that tests replace by broken ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import torch
import typer
from torch import Tensor, nn

from gantool.networks.loading import network_of
from gantool.task import (
    AnyTask,
    Box,
    Enhance,
    Enhancer,
    Export,
    Geometry,
    Judgement,
    LoadedWeight,
    Picture,
    Task,
    Train,
    TrainInputs,
    Validation,
)
from gantool.train.layout import find_split
from gantool.train.pool import CropPool


@dataclass(frozen=True)
class Options:
    strength: Annotated[float, typer.Option(help="How much.")] = 1.0


@dataclass(frozen=True)
class TrainOptions:
    patch: Annotated[int, typer.Option(help="Side of a patch.")] = 16


@dataclass(frozen=True)
class Batch:
    given: Tensor
    wanted: Tensor


def network(channels: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.LeakyReLU(0.1), nn.Conv2d(4, channels, 3, padding=1)
    )


class ToyRecipe:
    def __init__(self, options: TrainOptions, inputs: TrainInputs) -> None:
        self.generator: nn.Module = network()
        self.discriminator: nn.Module | None = network(1)
        split = find_split(inputs.data, inputs.val)
        self.pool = CropPool(split.train, options.patch, inputs.memory, inputs.device)

    def batch(self, size: int, part: slice, rng: torch.Generator) -> Batch:
        wanted = self.pool.cut(self.pool.draw(size, rng)[part]).float() / 255
        return Batch(wanted / 2, wanted)

    def fake(self, generator: nn.Module, batch: Batch) -> Tensor:
        made: Tensor = generator(batch.given)
        return made

    def real(self, batch: Batch) -> Tensor:
        return batch.wanted

    def judge(self, discriminator: nn.Module, batch: Batch, image: Tensor) -> Judgement:
        return Judgement(discriminator(image))

    def own_losses(self, batch: Batch, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        return {"brightness": (fake.mean() - batch.wanted.mean()).abs()}

    def take_notes(self) -> Sequence[str]:
        return ()

    def initialise(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
        self.generator.load_state_dict(dict(tensors))
        return ()

    def validate(self, generator: nn.Module) -> Validation:
        return Validation({"mean": float(generator(torch.ones(1, 3, 8, 8)).mean())}, "mean", True)

    def export(self, generator: nn.Module) -> Export:
        return Export("toy", "a toy", "toy", {"width": 4}, generator.state_dict(), "CC0-1.0")


class ToyEnhancer:
    channels = 3
    geometry = Geometry(halo=2)

    def __init__(self, options: Options, weights: Sequence[LoadedWeight]) -> None:
        self.module: nn.Module = network_of(weights[0], network).eval()

    def prepare(self, whole: Picture, extras: Mapping[str, Picture]) -> Any:
        return None

    def describe(self, state: Any) -> str:
        return ""

    def regions(self, state: Any) -> Sequence[Box] | None:
        return None

    def __call__(self, image: Tensor, box: Box, state: Any) -> Tensor:
        output: Tensor = self.module(image)
        return output


def toy_task(
    recipe: Callable[[Any, TrainInputs], Any] = ToyRecipe,
    enhancer: Callable[[Any, Sequence[LoadedWeight]], Enhancer] = ToyEnhancer,
    **train: Any,
) -> AnyTask:
    """Return the task, with other parts or other fields of its `Train`."""
    capability = Train(
        TrainOptions,
        recipe,
        losses=lambda options: {"l1": 1.0, "brightness": 0.1},
        own_losses=("brightness",),
        smallest_side=lambda options: options.patch,
    )
    return Task(
        name="toy",
        summary="A toy.",
        enhance=Enhance(Options, lambda options: ("toy",), enhancer),
        train=replace(capability, **train),
    )
