"""Validation, the exported weight and its card, and the way back from the file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import torch

from gantool.errors import GantoolError
from gantool.task import LoadedWeight, Outlined, Validation
from gantool.testing.running import run_picture
from gantool.testing.tensors import shape
from gantool.testing.trial import Trial
from gantool.weights.card import Card
from gantool.weights.ids import is_id


@torch.no_grad()
def validation(trial: Trial) -> Iterator[str]:
    """See that the figures are finite, repeat, and name the one that picks the best weights."""
    recipe = trial.recipe
    said = recipe.validate(recipe.generator.eval())
    if not isinstance(said, Validation):
        yield f"Recipe.validate returns {type(said).__name__}: return gantool.task.Validation"
        return
    for name, value in said.figures.items():
        if not math.isfinite(value):
            yield f"the validation figure {name!r} is {value}"
    if said.best_by not in said.figures:
        yield f"Validation.best_by is {said.best_by!r}, which is none of the figures {sorted(said.figures)}"
    if said.grid is not None and (said.grid.dim() != 3 or said.grid.shape[0] != 3):
        yield f"Validation.grid is {shape(said.grid)}: make it 3 x H x W in [0, 1]"
    if recipe.validate(recipe.generator).figures != said.figures:
        yield "Recipe.validate measures one generator twice and finds two things: seed what is random in it"


def card(trial: Trial) -> Iterator[str]:
    """See that the exported weight says what it is, in a card that can be written and read."""
    export = trial.export
    if not is_id(export.id):
        yield f"Export.id {export.id!r} cannot be an id: use letters, digits, hyphens and dots"
    for name in ("summary", "architecture", "licence"):
        if not getattr(export, name):
            yield f"Export.{name} is empty: a weight's card must say it"
    if not export.config:
        yield "Export.config is empty: put there all that rebuilding the network needs, loading never guesses"
    if not export.tensors:
        yield "Export.tensors is empty: return the generator's state_dict()"
    for prefix in trial.train.fitted:
        if not any(name.startswith(prefix) for name in export.tensors):
            yield f"Train.fitted says {prefix!r}, but no exported tensor's name begins so"
    if isinstance(trial.recipe, Outlined):
        said = trial.recipe.outline(trial.recipe.generator)
        if replace(said, tensors={}) != replace(export, tensors={}):
            yield "Recipe.outline says other facts than Recipe.export: let export add the tensors to its own"
    try:
        if Card.from_json(trial.card(export).to_json()) != trial.card(export):
            yield "the card is not the same read back: Export.config takes int, float, str and bool"
    except GantoolError as failure:
        yield f"the card cannot be written: {failure}"


@torch.no_grad()
def start(trial: Trial) -> Iterator[str]:
    """See that training can go on from what it exported."""
    recipe, fresh = trial.recipe, trial.build(trial.data)
    for parameter in fresh.generator.parameters():
        parameter.add_(0.1 * torch.randn_like(parameter))
    unmatched = fresh.initialise({name: value.float() for name, value in trial.export.tensors.items()})
    if not isinstance(unmatched, tuple | list):
        yield f"Recipe.initialise returns {unmatched!r}: return the names of what found no match, () for none"
        return
    if unmatched:
        names = ", ".join(unmatched[:4])
        yield f"Recipe.initialise finds no match for {names} in the recipe's own export: let names agree"
        return
    batch = trial.draw(recipe)
    wanted = recipe.fake(recipe.generator.eval(), batch)
    found = fresh.fake(fresh.generator.eval(), batch)
    if float((wanted - found).abs().max()) > 1e-3 * max(1.0, float(wanted.abs().max())):
        yield "a generator started from its own export makes other pictures: let Recipe.initialise take all"


def round_trip(trial: Trial) -> Iterator[str]:
    """See that the file rebuilds the network that was exported, and that its tensors matter."""
    loaded, export = trial.weight, trial.export
    needed = trial.enhance_weights()
    if needed and not any(one is loaded for one in needed):
        names = " and ".join(one.id for one in needed)
        yield (
            f"the enhancer takes {names}, and not the trained {loaded.id}: give check_task options of "
            "`enhance` that name it"
        )
        return
    halved = {name: _as_stored(value) for name, value in export.tensors.items()}
    memory = LoadedWeight(export.id, trial.card(export), halved, "", loaded.path)
    before, after = (
        run_picture(trial, trial.enhancer(trial.enhance_weights(memory))),
        run_picture(trial, trial.enhancer()),
    )
    if not (before == after).all():
        yield "the enhancer built from the written file makes another picture than before it was written"
    changed = {name: _moved(value) for name, value in loaded.tensors.items()}
    other = replace(loaded, tensors=changed)
    if (run_picture(trial, trial.enhancer(trial.enhance_weights(other))) == after).all():
        yield "Enhance.build makes the same of other tensors: load the weight's tensors into the network"


def _as_stored(value: torch.Tensor) -> torch.Tensor:
    return value.detach().half().float() if value.is_floating_point() else value


def _moved(value: torch.Tensor) -> torch.Tensor:
    return value * 0.9 + 0.01 if value.is_floating_point() else value
