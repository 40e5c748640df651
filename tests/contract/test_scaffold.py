"""`gantool plugins new`: what it writes, what it refuses, and what plugins may import."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gantool.errors import PluginError, UsageError
from gantool.scaffold import LONGEST_NAME, write_package

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "gantool-colorize"


def test_a_whole_package_is_written(tmp_path: Path) -> None:
    folder = write_package("old-photos", tmp_path)
    assert folder == tmp_path / "gantool-old-photos"
    assert [item.name for item in tmp_path.iterdir()] == ["gantool-old-photos"]
    for name in ("README.md", ".gitignore", ".github/workflows/test.yml", "tests/test_contract.py"):
        assert (folder / name).is_file()
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["gantool"] == {"old-photos": "gantool_old_photos.plugin"}
    assert (folder / "src" / "gantool_old_photos" / "py.typed").is_file()
    assert not [
        path for path in folder.rglob("*") if path.is_file() and re.search("@[A-Z]+@", path.read_text())
    ]


@pytest.mark.parametrize("name", ["a", "x" * LONGEST_NAME])
def test_what_is_written_is_tidy_whatever_the_name(tmp_path: Path, name: str) -> None:
    folder = write_package(name, tmp_path)
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", "."],
            cwd=folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "name", ["", "Old", "old_photos", "-old", "old--photos", "2x", "a b", "../x", "x" * 31]
)
def test_bad_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="lower-case letters"):
        write_package(name, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["superres", "weights"])
def test_taken_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is installed already"):
        write_package(name, tmp_path)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "gantool-mine").mkdir()
    (tmp_path / "gantool-mine" / "kept.txt").write_text("kept")
    with pytest.raises(PluginError, match="exists"):
        write_package("mine", tmp_path)
    assert [path.name for path in (tmp_path / "gantool-mine").iterdir()] == ["kept.txt"]


def test_a_place_that_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PluginError, match="cannot be written"):
        write_package("mine", tmp_path / "file")


def public_modules() -> set[str]:
    """Return what docs/plugins.md calls public."""
    _, _, section = (ROOT / "docs" / "plugins.md").read_text().partition("## What is public")
    return set(re.findall(r"`(gantool[a-z_.]*)`", section.split("| for |")[1]))


def imports(source: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return {name for name in found if name.split(".")[0] == "gantool"}


def test_plugins_import_what_is_public_and_nothing_else(tmp_path: Path) -> None:
    made = write_package("mine", tmp_path)
    sources = [path for folder in (EXAMPLE, made) for path in folder.rglob("*.py")]
    assert len(sources) > 15
    used = {name for path in sources for name in imports(path.read_text())}
    assert "gantool.task" in used
    assert used - public_modules() == set()


def test_what_is_called_public_is_there() -> None:
    for name in public_modules():
        path = ROOT / name.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__init__.py").is_file(), name
