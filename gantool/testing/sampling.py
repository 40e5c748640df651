"""The sampler, what it offers besides, and the evaluation of the set it makes."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from gantool.sampling.drawing import features_of
from gantool.task import (
    Comparable,
    Conditional,
    EvaluateSet,
    Factorisable,
    Interpolable,
    Sampler,
    SetInputs,
    Truncatable,
)
from gantool.testing.trial import CPU, Trial

COUNT = 12
"""Images of a set that is measured."""


def sample(trial: Trial) -> Iterator[str]:
    """See that latents are a function of number and seed, and that images come out, with a gradient."""
    sampler = trial.sampler()
    latents = sampler.latents([0, 1, 70], 7)
    if not torch.equal(latents[[2, 0]], sampler.latents([70, 0], 7)):
        yield "Sampler.latents gives a number another latent among others: let it depend on number and seed"
    if torch.equal(latents, sampler.latents([0, 1, 70], 8)):
        yield "Sampler.latents gives the same for two seeds: draw them from a generator of that seed"
    images = sampler(latents.detach().clone().requires_grad_())
    if images.dim() != 4 or len(images) != 3 or images.shape[1] not in (1, 3):
        yield f"Sampler gives {tuple(images.shape)} for 3 latents, not images (N, 1 or 3, H, W)"
        return
    if not torch.isfinite(images).all():
        yield "the sampled images are not finite"
    if not images.requires_grad:
        yield "no gradient passes from the sampled images to the latents: --project needs one"
    with torch.no_grad():
        one = sampler(latents[1:2])
        if not torch.allclose(one, images[1:2], atol=1e-4):
            yield "an image depends on what is drawn beside it: put the network into evaluation mode"
        yield from _offers(trial, sampler, latents, images.detach())


def _offers(trial: Trial, sampler: Sampler, latents: Tensor, images: Tensor) -> Iterator[str]:
    yield from _classes(trial, sampler, latents)
    if isinstance(sampler, Truncatable):
        yield from _truncation(sampler, latents)
    if isinstance(sampler, Interpolable):
        ends = (
            sampler.between(latents[:1], latents[1:2], 0.0),
            sampler.between(latents[:1], latents[1:2], 1.0),
        )
        if not torch.allclose(torch.cat(ends), latents[:2], atol=1e-4):
            yield "Interpolable.between does not begin at the first latent and end at the second"
    if isinstance(sampler, Factorisable):
        weights, values = sampler.first_weights(), latents[0].numel()
        if weights.dim() != 2 or weights.shape[1] != values:
            yield f"Factorisable.first_weights is {tuple(weights.shape)}, and a latent has {values} values"
    if isinstance(sampler, Comparable):
        yield from _comparing(trial, sampler, images)


def _classes(trial: Trial, sampler: Sampler, latents: Tensor) -> Iterator[str]:
    names = trial.class_names()
    if not names:
        return
    if not isinstance(sampler, Conditional):
        yield f"Sample.classes names {', '.join(names)}, and Sampler.latents_of is missing: --class needs it"
        return
    drawn = sampler.latents_of([0, len(names) - 1], [0, 1], 7)
    if drawn.shape[1:] != latents.shape[1:]:
        yield f"latents_of gives {tuple(drawn.shape[1:])} for a latent, latents {tuple(latents.shape[1:])}"
    if len(names) > 1 and torch.equal(drawn[:1], sampler.latents_of([len(names) - 1], [0], 7)):
        yield "latents_of gives the same for two classes: the latent must hold its class"


def _truncation(sampler: Truncatable, latents: Tensor) -> Iterator[str]:
    if not 0 <= sampler.truncation <= 1:
        yield f"Truncatable.truncation is {sampler.truncation}: choose from 0 to 1"
    if not torch.allclose(sampler.truncated(latents, 1.0), latents, atol=1e-5):
        yield "Truncatable.truncated changes latents at 1, where they stay as they are"
    if torch.equal(sampler.truncated(latents, 0.5), latents):
        yield "Truncatable.truncated changes nothing at 0.5"


def _comparing(trial: Trial, sampler: Comparable, images: Tensor) -> Iterator[str]:
    real = sampler.real(trial.data)
    if real.images.dtype != torch.uint8 or real.images.shape[1:] != images.shape[1:]:
        yield (
            f"Comparable.real gives {tuple(real.images.shape[1:])} of {real.images.dtype}, not uint8 of "
            f"{tuple(images.shape[1:])} as it makes"
        )
        return
    if real.labels is not None and int(real.labels.max()) >= len(real.classes):
        yield "Comparable.real gives labels beyond Labelled.classes"
    features = sampler.features(real)
    if not features.name.strip() or "\n" in features.name:
        yield "Features.name must be one line that says what is compared"
    found = features_of(features, images, CPU)
    if len(found) != len(images) or not torch.isfinite(found).all():
        yield f"features are {tuple(found.shape)} for {len(images)} images, or not finite"


def evaluate_set(trial: Trial) -> Iterator[str]:
    """See that the figures of a set are numbers, and repeat."""
    capability = trial.task.evaluate
    assert isinstance(capability, EvaluateSet)  # noqa: S101 - this check runs for such tasks
    options = capability.options() if trial.wishes.evaluate is None else trial.wishes.evaluate
    inputs = SetInputs(trial.sampler(options), trial.class_names(), trial.data, COUNT, seed=0, batch=5)
    if not capability.protocol(options, inputs).strip() or "\n" in capability.protocol(options, inputs):
        yield "EvaluateSet.protocol must be one line that says how the figures were measured"
    with torch.inference_mode():
        first, second = (capability.measure(options, inputs) for _ in range(2))
    if not first.figures:
        yield "EvaluateSet.measure gives no figure"
    for figure in first.figures:
        if math.isnan(figure.value):
            yield f"the figure {figure.name!r} is not a number"
    if list(first.figures) != list(second.figures):
        yield "EvaluateSet.measure measures one generator twice and finds two things: seed what is random"
