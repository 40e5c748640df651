"""The facts `gantool doctor` prints, found out without failing: what does not work becomes a fact too."""

from __future__ import annotations

import importlib
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import gantool
from gantool import plugins
from gantool.cli.table import human_size
from gantool.plugins import Status
from gantool.weights import store
from gantool.weights.folders import folders, user_folder

Fact = tuple[str, str]

_NATIVE = ("torch", "torchvision")
"""Packages whose installed version says little: two builds that do not fit fail only when imported."""


@dataclass(frozen=True)
class Section:
    """A title and named facts."""

    title: str
    facts: tuple[Fact, ...]


def examine() -> tuple[Section, ...]:
    """Return every section; imports torch."""
    return (
        Section("versions", tuple(_versions())),
        Section("devices", tuple(_devices())),
        Section("plugins", tuple(_plugins())),
        Section("weights", tuple(_weights())),
        Section("memory", tuple(_memory())),
        Section("disk", tuple(_disk())),
    )


def _versions() -> Iterator[Fact]:
    yield "gantool", f"{gantool.__version__} ({Path(gantool.__file__).parent})"
    yield "python", f"{platform.python_version()} ({sys.executable})"
    yield "system", platform.platform()
    for package in _dependencies():
        try:
            found = version(package)
        except PackageNotFoundError:
            found = "not installed"
        yield package, found + (_import_failure(package) if package in _NATIVE else "")


def _dependencies() -> tuple[str, ...]:
    """Return the packages gantool's metadata asks for, extras included, torch and torchvision first."""
    try:
        wanted = requires("gantool") or []
    except PackageNotFoundError:  # run from a checkout that is not installed
        wanted = []
    names = [re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0] for line in wanted]
    return tuple(dict.fromkeys([*_NATIVE, *(name for name in names if name != "gantool")]))


def _import_failure(package: str) -> str:
    try:
        importlib.import_module(package)
    except Exception as failure:  # a broken build raises anything from ImportError to RuntimeError
        return f" (does not import: {' '.join(str(failure).split())})"
    return ""


def _devices() -> Iterator[Fact]:
    try:
        import torch
    except Exception:  # said among the versions, with the reason
        yield "torch", "does not import"
        return
    cores = f"{os.cpu_count()} logical cores, {torch.get_num_threads()} threads"
    yield (
        "cpu",
        f"{platform.processor() or platform.machine()}, {torch.backends.cpu.get_cpu_capability()}, {cores}",
    )
    if not torch.cuda.is_available():
        yield "cuda", f"none (torch is built for {torch.version.cuda or 'the CPU alone'})"
    for index in range(torch.cuda.device_count()):
        free, total = torch.cuda.mem_get_info(index)
        name = torch.cuda.get_device_name(index)
        yield f"cuda:{index}", f"{name}, {human_size(free)} of {human_size(total)} free"
    yield "mps", "available" if torch.backends.mps.is_available() else "none"


def _plugins() -> Iterator[Fact]:
    for report in plugins.survey():
        origin = f"{report.distribution} {report.version}".strip()
        yield report.name, report.reason if report.status is Status.BROKEN else f"ok ({origin})"


def _weights() -> Iterator[Fact]:
    for folder in folders():
        yield folder.source.value, f"{folder.path} ({len(folder.files())} files)"
    for entry in store.listing():
        yield entry.id, entry.problem or f"{entry.source.value}, {human_size(entry.path.stat().st_size)}"


def _memory() -> Iterator[Fact]:
    import psutil

    memory = psutil.virtual_memory()
    yield "free", human_size(memory.available)
    yield "total", human_size(memory.total)


def _disk() -> Iterator[Fact]:
    for name, folder in (
        ("working folder", Path.cwd()),
        ("temporary files", Path(tempfile.gettempdir())),
        ("weight store", user_folder()),
    ):
        there = next(place for place in (folder, *folder.parents) if place.exists())
        yield name, f"{human_size(shutil.disk_usage(there).free)} free ({folder})"
