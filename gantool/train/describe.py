"""From what a run is asked for, by flags or keywords, to its description. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gantool import plugins
from gantool.errors import GantoolError, UsageError
from gantool.paths import is_file
from gantool.task import AnyTask, Train
from gantool.train.config import Layer, RecipeFile, find_recipe, located, plain, read_recipe, resolve
from gantool.train.folder import RunFile
from gantool.train.game import GameSettings
from gantool.train.settings import Settings, budget_of
from gantool.train.terms import check_names, check_own, merged, plain_terms
from gantool.weights.files import FOREIGN
from gantool.weights.ids import is_id

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
        PluginError: a loss of the task's own has a name that is taken.
    """
    capability = training_of(task)
    if wanted.data is None:
        raise UsageError("no training pictures are named", "add --data FOLDER")
    file = _recipe(task, capability.options, wanted.config)
    options = _options(capability, [file.task, wanted.task])
    layers = [capability.settings(options), file.trainer, wanted.trainer]
    trainer = resolve(Settings, with_one_budget(layers))
    budget_of(trainer)
    game = resolve(GameSettings, [capability.game(options), file.game, wanted.game])
    losses = merged(capability.losses(options), file.losses, wanted.losses)
    check_own(capability.own_losses, capability.paired)
    check_names(losses, capability.own_losses, capability.paired)
    return RunFile(
        task_name=task.name,
        data=str(wanted.data.resolve()),
        val=str(wanted.val.resolve()) if wanted.val else "",
        device=wanted.device,
        init=_findable(wanted.init or file.init),
        card_data=wanted.card_data,
        card_licence=wanted.card_licence,
        trainer=located(Settings, plain(trainer), Path.cwd()),
        task=located(capability.options, plain(options), Path.cwd()),
        losses=plain_terms(losses),
        game=plain(game),
    )


def _options(capability: Train[Any], layers: Sequence[Layer]) -> Any:
    """Resolve the task's options: whatever kind of error a plugin refuses them by, it is a wrong command."""
    try:
        return resolve(capability.options, layers)
    except GantoolError as failure:
        raise UsageError(failure.message, failure.remedy) from failure
    except ValueError as failure:
        raise UsageError(str(failure)) from failure


def training_of(task: AnyTask) -> Train[Any]:
    """Return what the task offers for training; UsageError where it offers nothing."""
    if task.train is None:
        raise UsageError(f"task {task.name!r} does not offer training", "see `gantool plugins list`")
    return task.train


def with_one_budget(layers: Sequence[Layer]) -> list[Layer]:
    """Return the layers without a budget that a later one replaces by the other kind."""
    kept: list[Layer] = []
    for layer in layers:
        for name, other in (("steps", "max_time"), ("max_time", "steps")):
            if layer.get(name) and not layer.get(other):
                kept = [{key: value for key, value in one.items() if key != other} for one in kept]
        kept.append(layer)
    return kept


def _findable(init: str) -> str:
    """Return the weight to begin from so that it is found in whatever folder the run is resumed in."""
    path = Path(init)
    return str(path.absolute()) if _is_path(init) and is_file(path) else init


def _is_path(init: str) -> bool:
    """Return whether a weight to begin from is a file; an id is looked up where weights are kept."""
    return bool(init) and (not is_id(init) or Path(init).suffix in FOREIGN)


def _recipe(task: AnyTask, options: type[Any], wanted: Path | None) -> RecipeFile:
    """Return the recipe that lies under it all; paths in it are relative to its own folder."""
    if wanted is None:
        return RecipeFile()
    package = plugins.folder(task.name)
    path = find_recipe(wanted, package / RECIPES if package is not None else None)
    file, folder = read_recipe(path), path.parent
    return replace(
        file,
        trainer=located(Settings, file.trainer, folder),
        task=located(options, file.task, folder),
        init=str(folder / file.init) if _is_path(file.init) else file.init,
    )
