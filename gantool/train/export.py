"""The end of a run: the averaged generator becomes a weight file with a filled card."""

from __future__ import annotations

import datetime
import math
import platform
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from torch import nn

from gantool import provenance
from gantool.errors import PluginError, WeightError
from gantool.task import Export, Outlined, Recipe
from gantool.train.checkpoint import Position
from gantool.train.folder import BEST_FILE, RunFile
from gantool.train.terms import Term, written
from gantool.train.tree import load_tree
from gantool.weights.card import Card, Measured
from gantool.weights.files import SUFFIX, save
from gantool.weights.ids import check_id

_CPU = torch.device("cpu")


def export_run(
    recipe: Recipe,
    average: nn.Module,
    folder: Path,
    run: RunFile,
    position: Position,
    device: torch.device = _CPU,
) -> Path:
    """Export the picked average (the last, where nothing was validated) into the run folder.

    `device` is what the run has come to compute on, for the card; the run itself may say `auto`.
    """
    best = folder / BEST_FILE
    if best.exists():
        average.load_state_dict(load_tree(best))
    with torch.no_grad():
        export = recipe.export(average)
    path = folder / f"{export.id}{SUFFIX}"
    save(path, export.tensors, _card(export, recipe, run, position, device))
    return path


def check_export(
    recipe: Recipe, average: nn.Module, run: RunFile, position: Position, device: torch.device = _CPU
) -> None:
    """Make the card once before the first step, so that no training is in vain.

    A copy is exported, since a recipe may change what it is given; and every step seeds its own randomness.

    Raises:
        PluginError: what the recipe exports cannot be written.
    """
    generator = deepcopy(average).eval()
    with torch.no_grad():
        export = recipe.outline(generator) if isinstance(recipe, Outlined) else recipe.export(generator)
    try:
        check_id(export.id)
        _card(export, recipe, run, position, device).to_record()
    except WeightError as problem:
        raise PluginError(
            f"the weight of this run could not be exported: {problem.message}",
            "mend what Recipe.export returns, or the train option",
        ) from problem


def for_card(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as a card takes them: a list, which it has no place for, as text."""
    return {key: _fact(value) for key, value in settings.items()}


def _card(export: Export, recipe: Recipe, run: RunFile, position: Position, device: torch.device) -> Card:
    return Card(
        id=export.id,
        summary=export.summary,
        task=run.task_name,
        architecture=export.architecture,
        config=export.config,
        licence=export.licence,
        recipe={
            **for_card({**run.trainer, **run.task}),
            **_played(run, recipe),
            **({"budgets_before": run.budgets} if run.budgets else {}),
            **position.condition.facts(),
        },
        data=run.card_data or Path(run.data).name,
        data_licence=run.card_licence,
        package=provenance.package_of(run.task_name),
        commit=_commit(run),
        steps=position.step,
        hours=round(position.elapsed / 3600, 3),
        machine=machine(str(device)),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        parent=Path(run.init).name.removesuffix(SUFFIX),
        measured=_measured(position),
    )


def _commit(run: RunFile) -> str:
    """Return the commit of the package that the card names, and of no other."""
    if provenance.is_own(run.task_name):
        return run.versions.get("commit", "")
    return provenance.commit_of(run.task_name)


def machine(device: str) -> str:
    """Return what the run ran on, without the machine's name."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    capability = torch.backends.cpu.get_cpu_capability()
    return f"{platform.machine()} CPU, {capability}, {torch.get_num_threads()} threads"


def commit_of_checkout() -> str:
    """Return the commit of the checkout gantool runs from, empty for an installed wheel."""
    return provenance.commit_at(Path(__file__).resolve())


def _fact(value: Any) -> Any:
    """Return a setting for a card: of files their names, since folders are this machine's own affair."""
    if isinstance(value, list | tuple):
        return ", ".join(str(_fact(item)) for item in value)
    return Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value


def _played(run: RunFile, recipe: Recipe) -> dict[str, int | float | str | bool]:
    """Return the losses that counted, and of a game what is not switched off."""
    terms = {name: Term(**term) for name, term in run.losses.items()}
    losses = {f"loss {name}": written(term) for name, term in terms.items() if term.weight}
    game = run.game if recipe.discriminator is not None else {}
    return {**losses, **{name: value for name, value in game.items() if value}}


def _measured(position: Position) -> tuple[Measured, ...]:
    if position.picked is None or not math.isfinite(position.picked):
        return ()  # A PSNR is infinite where nothing was to be done, which says nothing of the weight.
    which = "best" if position.picked == position.best else "last"
    figure = f"{which} validation figure"
    return (Measured(figure, position.picked, "held-out training pictures", "see the recipe"),)
