"""Where weight files are looked for, in order. Torch-free."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import gantool
from gantool.weights.files import SUFFIX

ENVIRONMENT = "GANTOOL_WEIGHTS"
DATA_PACKAGE = "gantool_weights"


class Source(Enum):
    """Where a weight file comes from; the first that has an id wins, in this order."""

    PATH = "path"
    ENVIRONMENT = "environment"
    USER = "user"
    SHIPPED = "shipped"
    PLUGIN = "plugin"


@dataclass(frozen=True)
class Folder:
    """One folder of the store; it need not exist."""

    source: Source
    path: Path

    def file(self, weight_id: str) -> Path:
        """Return where the folder keeps `weight_id`, if it does."""
        return self.path / f"{weight_id}{SUFFIX}"

    def files(self) -> tuple[Path, ...]:
        """Return the weight files in it, sorted by name."""
        return tuple(sorted(item for item in self.path.glob(f"*{SUFFIX}") if not item.name.startswith(".")))


def user_folder() -> Path:
    """Return the user's own store; `gantool weights import` writes there."""
    import platformdirs

    return Path(platformdirs.user_data_dir("gantool", appauthor=False)) / "weights"


def folders() -> tuple[Folder, ...]:
    """Return the folders in the order they are looked in: environment, user, shipped."""
    return tuple(dict.fromkeys(_folders()))


def _folders() -> Iterator[Folder]:
    for part in os.environ.get(ENVIRONMENT, "").split(os.pathsep):
        if part:
            yield Folder(Source.ENVIRONMENT, Path(part).expanduser())
    yield Folder(Source.USER, user_folder())
    yield from (Folder(Source.SHIPPED, path) for path in _shipped())


def _shipped() -> Iterator[Path]:
    """Yield a checkout's own folder, or that of the installed data package.

    An editable install copies the data package once, when it is installed, and it ages there unseen.
    """
    checkout = Path(gantool.__file__).resolve().parents[1]
    if (checkout / "pyproject.toml").exists() and (checkout / "weights").is_dir():
        yield checkout / "weights"
        return
    specification = importlib.util.find_spec(DATA_PACKAGE)
    if specification is not None:
        yield from (Path(place) for place in specification.submodule_search_locations or ())
