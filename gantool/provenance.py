"""Which package a task comes from, and from which commit: what a card says of the code. Torch-free."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from importlib.metadata import Distribution
from pathlib import Path

from gantool import plugins

OWN = "gantool"
"""The distribution of the core and of the tasks that come with it."""

_DIGITS = 12


def is_own(task: str) -> bool:
    """Tell whether a task comes with gantool itself."""
    found = _distribution(task)
    return found is not None and found.name == OWN


def package_of(task: str) -> str:
    """Return the distribution that holds a task, and its version; empty where no installed one does."""
    found = _distribution(task)
    return f"{found.name} {found.version}" if found is not None else ""


@cache
def commit_of(task: str) -> str:
    """Return the commit of the package that holds a task, empty where it cannot be told.

    pip notes the one of a package that it took from a repository (PEP 610); else the module may be a file of
    a checkout. It is looked up once, since the code of a process stays what it was when it was imported.
    """
    found, module = _distribution(task), plugins.module_file(task)
    noted = _noted(found) if found is not None else ""
    return noted or (commit_at(module) if module is not None else "")


def commit_at(file: Path) -> str:
    """Return the commit of the checkout that a file is tracked in; empty where it lies in none.

    An environment may lie inside a checkout that has nothing to do with what is installed in it.
    """
    if not _git(file.parent, "ls-files", "--", file.name):
        return ""
    return _git(file.parent, "rev-parse", f"--short={_DIGITS}", "HEAD")


def _git(folder: Path, *arguments: str) -> str:
    """Return what git prints, empty where it fails or is not installed."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _distribution(task: str) -> Distribution | None:
    entry = plugins.entry_of(task)
    return entry.dist if entry is not None else None


def _noted(distribution: Distribution) -> str:
    try:
        commit = json.loads(distribution.read_text("direct_url.json") or "{}")["vcs_info"]["commit_id"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return str(commit)[:_DIGITS]
