"""Public models that can be fetched by name. Torch-free."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Known:
    """A public model: whose sha256 is known, so that nobody has to give it."""

    name: str
    task: str
    summary: str
    url: str
    sha256: str
    licence: str


def catalogue() -> tuple[Known, ...]:
    """Return the models of `catalogue.toml`, in its order."""
    text = resources.files("gantool.weights").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return tuple(Known(**record) for record in tomllib.loads(text)["model"])
