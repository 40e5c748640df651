"""Every shipped weight has a recipe, by its own id, that its task's trainer takes."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gantool import plugins
from gantool.errors import UsageError
from gantool.scaffold import write_package
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


DOCUMENTED = """
[trainer]
steps = 20
batch = 2

[losses]
l1 = 0.5

[task]
patch = 32
"""


@pytest.fixture(scope="module")
def wheel_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages: the wheel of a new package with a recipe, unpacked."""
    folder = tmp_path_factory.mktemp("recipes")
    package = write_package("recipe-keeper", folder)
    recipes = package / "src" / "gantool_recipe_keeper" / RECIPES
    recipes.mkdir()
    (recipes / "recipe-keeper-small.toml").write_text(DOCUMENTED)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(package)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_a_recipe_in_an_installed_package_serves_config(
    wheel_site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(wheel_site)
    task = plugins.load("recipe-keeper")
    run = describe(task, Wanted(data=Path(), config=Path("recipe-keeper-small")))
    assert (run.trainer["steps"], run.trainer["batch"], run.task["patch"]) == (20, 2, 32)
    assert run.losses["l1"]["weight"] == 0.5
    with pytest.raises(UsageError, match=r"no recipe is called 'other'.*recipe-keeper-small"):
        describe(task, Wanted(data=Path(), config=Path("other")))


def test_the_page_for_authors_has_that_recipe() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "plugins.md").read_text()
    assert f"/{RECIPES}/colorize-small.toml <<'END'{DOCUMENTED}END\n" in page
