"""A task without weights that repeats every pixel, for tests of what goes on around a network."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.distributions import install

PLUGIN = """
from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated

import typer

from gantool.hookspecs import hookimpl
from gantool.task import Enhance, Geometry, Task


@dataclass(frozen=True)
class Options:
    pause: Annotated[float, typer.Option(help="Seconds to wait at each tile.")] = 0.0


def build(options, weights):
    import torch

    class Plain:
        geometry, channels, module = Geometry(scale=2, turnable=True), 3, torch.nn.Identity()

        def prepare(self, whole, extras):
            return None

        def describe(self, state):
            return ""

        def regions(self, state):
            return None

        def __call__(self, image, box, state):
            time.sleep(options.pause)
            return image.repeat_interleave(2, 2).repeat_interleave(2, 3)

    return Plain()


@hookimpl
def gantool_task():
    return Task(name="plain", summary="Larger.", enhance=Enhance(Options, lambda options: (), build))
"""


def install_plain(site: Path) -> Path:
    """Install the task in a folder that is to stand on the path."""
    site.mkdir(exist_ok=True)
    install(site, "gantool-plain", "plain", PLUGIN, module="plain_plugin")
    return site


@pytest.fixture(scope="session")
def plain_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_plain(tmp_path_factory.mktemp("plain") / "site")


@pytest.fixture
def plain(plain_site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, the task `plain` installed, for this process and those it starts."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(plain_site), *sys.path]))
    monkeypatch.syspath_prepend(plain_site)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def pictures(folder: Path, count: int, side: int = 6) -> dict[str, bytes]:
    """Write so many small pictures, each of another colour; return name and content."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        pixels = np.full((side, side, 3), (index % 256, index // 256, 77), np.uint8)
        Image.fromarray(pixels).save(folder / f"{index:05d}.png")
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    """Return what a folder holds, hidden files too."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def is_whole(path: Path, side: int = 12) -> bool:
    """Return whether a result of `plain` can be read to its end."""
    with Image.open(path) as picture:
        picture.load()
        return picture.size == (side, side)
