"""What a run meets: versions, pictures and files, noted at its start and compared where it goes on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from gantool import __version__
from gantool.paths import is_file, is_folder
from gantool.train.checkpoint import Position
from gantool.train.export import commit_of_checkout
from gantool.train.folder import RunFile
from gantool.train.layout import Fingerprints, fingerprints_of
from gantool.train.resumption import budget_text, file_options
from gantool.train.settings import Settings


@dataclass(frozen=True)
class Facts:
    """Fingerprints of the pictures, and of the files that options name, by the option."""

    pictures: Fingerprints
    files: Mapping[str, str]

    def noted(self, run: RunFile) -> RunFile:
        """Return the description of a run that begins, with what it meets."""
        versions = {"gantool": __version__, "torch": torch.__version__, "commit": commit_of_checkout()}
        return replace(run, versions=versions, fingerprint=self.pictures.train, files=self.files)

    def differences(self, run: RunFile) -> Iterator[str]:
        """Yield a line for whatever is not what the run met when it began."""
        if run.fingerprint and run.fingerprint != self.pictures.train:
            yield "the training set has changed since this run began; it does not resume exactly"
        for name, digest in self.files.items():
            if run.files.get(name, digest) != digest:
                flag = "--" + name.replace("_", "-")
                yield f"what {flag} names has changed since this run began; it does not resume exactly"


def facts_of(run: RunFile, options: type[Any]) -> Facts:
    """Look at what a run of these task options is to learn from."""
    named = {name: run.trainer.get(name) for name in file_options(Settings)}
    named |= {name: run.task.get(name) for name in file_options(options)}
    files = {name: _digest(Path(str(value))) for name, value in named.items() if value}
    return Facts(fingerprints_of(Path(run.data), Path(run.val) if run.val else None), files)


def with_budgets(run: RunFile, before: RunFile, position: Position) -> RunFile:
    """Return the description with the budget that held until now, where another one follows."""
    if budget_text(run) == budget_text(before):
        return run
    ended = f"{budget_text(before)} to step {position.step}"
    return replace(run, budgets="; ".join(filter(None, (before.budgets, ended))))


def _digest(path: Path) -> str:
    """Return a digest of a file's bytes, or of the names and bytes of a folder's files."""
    files = sorted(one for one in path.rglob("*") if is_file(one)) if is_folder(path) else [path]
    digest = hashlib.sha256()
    for file in filter(is_file, files):
        digest.update(file.name.encode(errors="backslashreplace"))
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]
