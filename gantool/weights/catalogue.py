"""What can be fetched by name: public models, and weights that installed plugins publish. Torch-free."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

from gantool import plugins


@dataclass(frozen=True)
class Known:
    """A file whose sha256 is known, so that nobody has to give it.

    A `published` one is a weight of the installed task `task`, whose options look for it by this name.
    """

    name: str
    task: str
    summary: str
    url: str
    sha256: str
    licence: str
    published: bool = False


def catalogue() -> tuple[Known, ...]:
    """Return the models of `catalogue.toml`, in its order, and then what plugins publish at an address."""
    text = resources.files("gantool.weights").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return (*(Known(**record) for record in tomllib.loads(text)["model"]), *_published())


def _published() -> Iterator[Known]:
    for report in plugins.survey():
        for one in report.task.known_weights if report.task is not None else ():
            if one.url:
                yield Known(
                    one.id, report.name, one.summary, one.url, one.sha256, one.licence, published=True
                )
