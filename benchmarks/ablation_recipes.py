"""Recipes of the two tasks, altered as a variant of `ablation.py` says, and the speed of what they train."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from typing import Any

import torch
from ablation_networks import OTHERS
from ablation_variants import Network, Variant

from gantool import plugins
from gantool.task import AnyTask, Recipe, TrainInputs
from gantool.train.draws import Crop
from gantool.train.players import amp_dtype
from gantool.train.pool import CropPool
from gantool.train.settings import Amp
from gantool.weights import store
from gantool_denoise.networks import DenoiseConfig
from gantool_denoise.networks import Generator as Denoiser
from gantool_superres.networks import Generator as Enlarger
from gantool_superres.networks import SuperResConfig
from gantool_superres.options import SuperResOptions

TAUGHT = "taught"
PICTURES = {"superres": (192, 128), "denoise": (480, 320)}
"""Width and height of what the exported network is timed on."""


class Unturned:
    """A pool whose crops are as they are in the pictures."""

    def __init__(self, pool: CropPool) -> None:
        self._pool = pool
        self.cut, self.take_notes = pool.cut, pool.take_notes

    def draw(self, count: int, rng: torch.Generator) -> list[Crop]:
        """Draw crops as the pool does, without the mirroring."""
        return [replace(crop, mirroring=0) for crop in self._pool.draw(count, rng)]


class Taught:
    """In place of a super-resolution recipe's own losses: L1 to what a trained weight makes of the batch."""

    def __init__(self, teacher: str, device: torch.device) -> None:
        task = plugins.load("superres")
        assert task.enhance is not None
        enhancer = task.enhance.build(SuperResOptions(), [store.load(teacher, task)])
        self._teacher = enhancer.module.to(device, memory_format=torch.channels_last)

    def __call__(self, batch: Any, fake: torch.Tensor, generator: torch.nn.Module) -> dict[str, torch.Tensor]:
        """Return the loss."""
        with torch.no_grad():
            wanted = self._teacher(batch.low)
        return {TAUGHT: (fake.float() - wanted.float()).abs().mean()}


def altered(task: AnyTask, variant: Variant, recipes: list[Recipe]) -> AnyTask:
    """Return the task whose recipe has the variant's network, pool and teacher; the recipe is added."""
    assert task.train is not None
    build = task.train.build

    def built(options: Any, inputs: TrainInputs) -> Recipe:
        recipe: Any = build(options, inputs)
        if variant.network is not None:
            recipe.generator = generator_of(task.name, variant.network)
        if not variant.mirrored:
            recipe.pool = Unturned(recipe.pool)
        if variant.teacher:
            recipe.own_losses = Taught(variant.teacher, inputs.device)
        recipes.append(recipe)
        made: Recipe = recipe
        return made

    train = replace(task.train, build=built)
    if variant.teacher:
        losses, own = {"charbonnier": 0.5, TAUGHT: 0.5}, (*train.own_losses, TAUGHT)
        train = replace(train, losses=lambda _: losses, own_losses=own)
    return replace(task, train=train)


def generator_of(task: str, network: Network) -> torch.nn.Module:
    """Return a generator of another width and depth, or without surplus parameters."""
    if task == "denoise":
        return Denoiser(DenoiseConfig(**network.config), training=network.surplus)
    config = SuperResConfig(**network.config)
    if network.other:
        return OTHERS[network.other](config)
    return Enlarger(config, training=network.surplus)


def milliseconds(recipe: Recipe, name: str, device: torch.device) -> float:
    """Return the processor time of the network, as it is exported, for a megapixel of input.

    In bf16 where the processor computes in it, else in float32.
    """
    generator: Any = recipe.generator
    network = generator.fold().eval().to(device, memory_format=torch.channels_last)
    width, height = PICTURES[name]
    image = torch.rand(1, 3, height, width, device=device).contiguous(memory_format=torch.channels_last)
    inputs = (image, torch.full((1, 1, 1, 1), 0.1, device=device)) if name == "denoise" else (image,)
    seconds = []
    dtype = amp_dtype(Amp.auto, device)
    autocast = torch.autocast(device.type, dtype, enabled=dtype is not torch.float32)
    with torch.inference_mode(), autocast:
        for _ in range(6):
            began = time.process_time()
            network(*inputs)
            seconds.append(time.process_time() - began)
    return 1000 * statistics.median(seconds[1:]) / (width * height / 1e6)
