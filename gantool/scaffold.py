"""What `gantool plugins new` writes: a package for a task of one's own, out of gantool/template/."""

from __future__ import annotations

import importlib.util
import re
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from gantool import __version__, plugins
from gantool.errors import PluginError, UsageError
from gantool.paths import exists

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST_NAME = 30

_SOURCES = ("plugin", "options", "networks", "recipe", "enhance")


@dataclass(frozen=True)
class Names:
    """How a task's package is called, of everything that has a name."""

    task: str

    @property
    def distribution(self) -> str:
        """What pip calls it."""
        return f"gantool-{self.task}"

    @property
    def package(self) -> str:
        """What Python imports."""
        return self.distribution.replace("-", "_")

    def fill(self, text: str) -> str:
        """Return a template's text with the names in it."""
        release = ".".join(__version__.split(".")[:2])
        places = {
            "NAME": self.task,
            "DISTRIBUTION": self.distribution,
            "PACKAGE": self.package,
            "GANTOOL": release,
        }
        for place, value in places.items():
            text = text.replace(f"@{place}@", value)
        return text


def check_name(name: str) -> Names:
    """Return the package's names.

    Raises:
        UsageError: `name` cannot be typed as a command, or is taken by a task or a package.
    """
    names = Names(name)
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise UsageError(
            f"{name!r} cannot be the name of a task",
            f"use lower-case letters, digits and single hyphens, a letter first, at most {LONGEST_NAME}",
        )
    if name in plugins.names():
        raise UsageError(f"a task {name!r} is installed already", "choose another name")
    if importlib.util.find_spec(names.package) is not None:
        raise UsageError(f"a package {names.package} is installed already", "choose another name")
    return names


def write_package(name: str, parent: Path) -> Path:
    """Write the package into a new folder below `parent` and return that folder.

    It is there whole or not at all, and nothing is written over.

    Raises:
        UsageError: the name cannot be used.
        PluginError: the folder exists, or cannot be written.
    """
    names = check_name(name)
    target = parent / names.distribution
    if exists(target) or target.is_symlink():
        raise PluginError(f"{target} exists", "choose another name, or another folder by -o")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".gantool-new-", dir=parent) as folder:
            made = Path(folder) / names.distribution
            _write(made, names)
            made.rename(target)
    except OSError as failure:
        raise PluginError(
            f"{target} cannot be written ({failure.strerror or failure})", "choose another folder by -o"
        ) from failure
    return target


def layout(names: Names) -> dict[str, str]:
    """Return the template of each file, by the file's path in the package."""
    sources = {f"src/{names.package}/{stem}.py": f"{stem}.py.in" for stem in _SOURCES}
    return {
        "pyproject.toml": "pyproject.toml.in",
        "README.md": "README.md.in",
        ".gitignore": "gitignore.in",
        ".github/workflows/test.yml": "workflow.yml.in",
        f"src/{names.package}/__init__.py": "init.py.in",
        f"src/{names.package}/py.typed": "py.typed.in",
        **sources,
        "tests/test_contract.py": "test_contract.py.in",
    }


def _write(folder: Path, names: Names) -> None:
    templates = files("gantool") / "template"
    for path, template in layout(names).items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        text = names.fill((templates / template).read_text(encoding="utf-8"))
        place.write_text(text, encoding="utf-8", newline="\n")
