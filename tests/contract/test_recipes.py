"""Every shipped weight has a recipe, by its own id, that its task's trainer takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from gantool import plugins
from gantool.train.describe import RECIPES, Wanted, describe
from gantool.weights.store import Source, listing

SHIPPED = [entry for entry in listing() if entry.source is Source.SHIPPED and entry.card is not None]


@pytest.mark.parametrize("weight", [entry.id for entry in SHIPPED])
def test_a_shipped_weight_has_a_recipe(weight: str) -> None:
    card = next(entry.card for entry in SHIPPED if entry.id == weight)
    assert card is not None
    described = describe(plugins.load(card.task), Wanted(data=Path(), config=Path(weight)))
    assert described.trainer["steps"] or described.trainer["max_time"]


@pytest.mark.parametrize(
    "name", [report.name for report in plugins.survey() if report.distribution == "gantool"]
)
def test_every_recipe_that_lies_in_a_plugin_is_sound(name: str) -> None:
    folder = plugins.folder(name)
    assert folder is not None
    for path in sorted((folder / RECIPES).glob("*.toml")):
        describe(plugins.load(name), Wanted(data=Path(), config=path))
