"""Nothing is shipped or depended on that docs/licences.md does not name; every dependency is justified."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from gantool.weights.files import read_card

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
ROWS = {line.split("|")[1].strip(): line for line in PAGE.splitlines() if line.startswith("| ")}


def dependencies(*, extras: bool) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = list(project["dependencies"])
    for names in project["optional-dependencies"].values() if extras else ():
        wanted += [name for name in names if not name.startswith("gantool")]
    return {re.split(r"[<>=\[ ]", name)[0] for name in wanted}


def test_every_dependency_has_its_licence_named() -> None:
    assert dependencies(extras=True) <= ROWS.keys()


def test_every_dependency_at_run_time_is_justified() -> None:
    design = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    said = design.partition("## Dependencies")[2]
    tools = {
        "build",
        "hatchling",
        "hypothesis",
        "mypy",
        "pytest",
        "pytest-xdist",
        "ruff",
        "types-psutil",
        "playwright",
        "scikit-image",
    }
    missing = {name for name in dependencies(extras=True) - tools if name not in said}
    assert missing == set()


def test_every_shipped_weight_is_named_with_its_cards_licence() -> None:
    paths = [*(ROOT / "weights").glob("*.safetensors"), *(ROOT / "plugins").rglob("*.safetensors")]
    assert len(paths) > 1
    for path in paths:
        card = read_card(path)
        assert path.stem in ROWS, f"docs/licences.md does not name {path.stem}"
        assert f"| {card.licence} |" in ROWS[path.stem]


def test_every_photograph_is_named() -> None:
    photos = {f"examples/photos/{path.name}" for path in (ROOT / "examples" / "photos").glob("*.jpg")}
    assert photos
    assert photos <= ROWS.keys()
