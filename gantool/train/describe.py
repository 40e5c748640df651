"""From what a run is asked for, by flags or keywords, to its description. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gantool import plugins
from gantool.errors import UsageError
from gantool.task import AnyTask, Train
from gantool.train.config import RecipeFile, find_recipe, plain, read_recipe, resolve
from gantool.train.folder import RunFile
from gantool.train.game import GameSettings
from gantool.train.settings import Settings, budget_of
from gantool.train.terms import check_names, merged, plain_terms

RECIPES = "recipes"
"""The folder in a plugin's package that holds a recipe for each weight it publishes."""


@dataclass(frozen=True)
class Wanted:
    """What a run is to be. `trainer`, `game` and `task` hold only what was stated.

    `losses` are `NAME=WEIGHT[@START[+RAMP]][/SAMPLES]`. `config` is a recipe file, or the
    name of one that the task's plugin ships, that lies under it all.
    """

    data: Path | None
    val: Path | None = None
    config: Path | None = None
    losses: Sequence[str] = ()
    init: str = ""
    device: str = "auto"
    card_data: str = ""
    card_licence: str = ""
    trainer: Mapping[str, Any] = field(default_factory=dict)
    game: Mapping[str, Any] = field(default_factory=dict)
    task: Mapping[str, Any] = field(default_factory=dict)


def describe(task: AnyTask, wanted: Wanted) -> RunFile:
    """Lay what is stated over the recipe file over the task's defaults.

    Raises:
        UsageError: no data, no budget, an unknown setting or loss, or settings that contradict.
    """
    capability = training_of(task)
    if wanted.data is None:
        raise UsageError("no training pictures are named", "add --data FOLDER")
    file = _recipe(task, wanted.config)
    options = resolve(capability.options, [file.task, wanted.task])
    trainer = resolve(Settings, [capability.settings(options), file.trainer, wanted.trainer])
    budget_of(trainer)
    game = resolve(GameSettings, [capability.game(options), file.game, wanted.game])
    losses = merged(capability.losses(options), file.losses, wanted.losses)
    check_names(losses, capability.own_losses, capability.paired)
    return RunFile(
        task_name=task.name,
        data=str(wanted.data.resolve()),
        val=str(wanted.val.resolve()) if wanted.val else "",
        device=wanted.device,
        init=wanted.init or file.init,
        card_data=wanted.card_data,
        card_licence=wanted.card_licence,
        trainer=plain(trainer),
        task=plain(options),
        losses=plain_terms(losses),
        game=plain(game),
    )


def training_of(task: AnyTask) -> Train[Any]:
    """Return what the task offers for training; UsageError where it offers nothing."""
    if task.train is None:
        raise UsageError(f"task {task.name!r} does not offer training", "see `gantool plugins list`")
    return task.train


def _recipe(task: AnyTask, wanted: Path | None) -> RecipeFile:
    if wanted is None:
        return RecipeFile()
    package = plugins.folder(task.name)
    return read_recipe(find_recipe(wanted, package / RECIPES if package is not None else None))
