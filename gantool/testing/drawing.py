"""Batches: what is drawn, from what, and how it is judged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from gantool.errors import GantoolError
from gantool.task import Judgement
from gantool.testing.tensors import finite, same, shape, tensors_in
from gantool.testing.trial import Trial


def smallest_side(trial: Trial) -> Iterator[str]:
    """See that pictures of the side stated will do, and smaller ones will not."""
    side = trial.train.smallest_side(trial.train_options)
    problem = _problem_with(trial, trial.paint("smallest", side))
    if problem:
        yield (
            f"Train.smallest_side says {side}, but pictures of {side} pixels do not do ({problem}): "
            "return the side of the smallest picture that the options can use"
        )
    elif side > 1 and not _problem_with(trial, trial.paint("smaller", side - 1)):
        yield (
            f"Train.smallest_side says {side}, but pictures of {side - 1} pixels do as well: `gantool "
            "data check` would call them too small"
        )


def _problem_with(trial: Trial, data: Path) -> str:
    try:
        trial.draw(trial.build(data))
    except (GantoolError, ValueError, RuntimeError, IndexError) as failure:
        return " ".join(str(failure).split())
    return ""


def batches(trial: Trial) -> Iterator[str]:
    """See that a batch depends on `rng` and on nothing else, and that a part of it is one."""
    recipe, size = trial.recipe, trial.wishes.batch
    torch.manual_seed(1)
    first = trial.draw(recipe)
    torch.manual_seed(2)
    if not tensors_in(first):
        yield f"Recipe.batch returns {type(first).__name__} without tensors: return a dataclass of tensors"
        return
    if not same(first, trial.draw(recipe)):
        yield (
            "Recipe.batch returns two batches for one rng: take all randomness from the rng it is given, "
            "or a resumed run sees other pictures"
        )
    if same(first, trial.draw(recipe, seed=3)):
        yield "Recipe.batch returns one batch whatever the rng: draw pictures with it"
    part = recipe.batch(2 * size, slice(size, 2 * size), torch.Generator().manual_seed(0))
    made, whole = (recipe.fake(recipe.generator, one) for one in (part, first))
    if len(made) != len(whole) or len(made) % size:  # a pair of generators makes two of each sample
        yield (
            f"Recipe.batch({2 * size}, slice({size}, {2 * size})) gives {len(made)} samples, not {size}: "
            "return the part alone, each process has its own"
        )
    yield from _images(trial, first)
    notes = recipe.take_notes()
    if not isinstance(notes, tuple | list) or not all(isinstance(note, str) for note in notes):
        yield f"Recipe.take_notes returns {notes!r}: return a line for each unreadable picture, () for none"


def _images(trial: Trial, batch: object) -> Iterator[str]:
    recipe = trial.recipe
    fake, real = recipe.fake(recipe.generator, batch), recipe.real(batch)
    for name, image in (("fake", fake), ("real", real)):
        if image.dim() != 4 or image.shape[1] not in (1, 3) or not image.is_floating_point():
            yield f"Recipe.{name} gives {shape(image)} {image.dtype}, not images (N, 1 or 3, H, W) in floats"
            return
    if trial.train.paired and fake.shape != real.shape:
        yield (
            f"Recipe.fake gives {shape(fake)}, Recipe.real {shape(real)}: in a paired task they have one "
            "shape (or say Train(paired=False))"
        )
    if not fake.requires_grad:
        yield "Recipe.fake gives images without a gradient: do not detach them, and use the generator given"
    low, high = float(real.min()), float(real.max())
    if not (finite(real) and low >= -1e-3 and high <= 1 + 1e-3):
        yield f"Recipe.real has values from {low:.3g} to {high:.3g}: images are in [0, 1]"
    if recipe.discriminator is not None:
        yield from _judgement(recipe.judge(recipe.discriminator, batch, fake.detach()), fake)


def _judgement(said: object, fake: Tensor) -> Iterator[str]:
    if not isinstance(said, Judgement):
        yield f"Recipe.judge returns {type(said).__name__}: return gantool.task.Judgement(logits)"
    elif said.logits.shape[:1] != fake.shape[:1]:
        yield f"Recipe.judge gives logits {shape(said.logits)} for {len(fake)} images: keep their order"
    elif said.places is not None and said.places.shape != said.logits.shape:
        yield f"Recipe.judge marks places {shape(said.places)} of logits {shape(said.logits)}: one for each"
    elif not said.logits.requires_grad:
        yield "Recipe.judge gives logits without a gradient: do not detach them, and use what is given"
