"""Plans over empty files, and how tests read them."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gantool.images.formats import ImageFormat
from gantool.inference.extras import check_extras
from gantool.inference.plan import Intent, Job, Plan, plan
from gantool.inference.targets import understand_output
from gantool.task import Extra


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"")


def made(
    *inputs: str,
    o: str | None = None,
    suffix: str | None = None,
    format: ImageFormat | None = None,
    recursive: bool = False,
    overwrite: bool = False,
    declared: tuple[Extra, ...] = (),
    given: dict[str, Path | None] | None = None,
) -> Plan:
    output = understand_output(o, inputs, default_suffix="_toy", suffix=suffix, format=format)
    extras = check_extras(declared, given or {})
    return plan(inputs, output, recursive=recursive, overwrite=overwrite, extras=extras)


def pairs(result: Plan) -> list[tuple[str, str]]:
    return [(str(job.source), str(job.target)) for job in result.jobs if job.intent is Intent.ENHANCE]


def only(result: Plan) -> Job:
    (job,) = result.jobs
    return job


def locked(monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    """Have a folder neither listed nor searched, even by root."""
    listed, asked = os.scandir, os.stat

    def refuse(path: object) -> None:
        if folder in Path(str(path)).parts:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))

    def scandir(path: str) -> Iterator[os.DirEntry[str]]:
        refuse(path)
        return listed(path)

    def stat(path: str, **more: bool) -> os.stat_result:
        refuse(Path(path).parent)
        return asked(path, **more)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(os, "stat", stat)
