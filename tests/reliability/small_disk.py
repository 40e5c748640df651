"""Disks of few pages, or that cannot be written to, seen by one forked process alone (Linux, as root)."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest

NO_MOUNT = 77
_NEW_NAMESPACE, _PRIVATE, _READ_ONLY, _REMOUNT = 0x00020000, 1 << 18 | 1 << 14, 1, 32


def on_disk(work: Callable[[], None], folder: Path, size: str, *, read_only: bool = False) -> int:
    """Do `work` in a fork, with a tmpfs of `size` at `folder`; return the exit code.

    What lies in `folder` is copied there first, and `listed` in the working folder names what lies there
    at the end. The test is skipped where nothing can be mounted.
    """
    process = multiprocessing.get_context("fork").Process(
        target=_mounted, args=(work, folder, size, read_only)
    )
    process.start()
    process.join()
    if process.exitcode == NO_MOUNT:
        pytest.skip("may not mount anything")
    assert process.exitcode is not None
    return process.exitcode


def _mounted(work: Callable[[], None], folder: Path, size: str, read_only: bool) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    there = {path.name: path.read_bytes() for path in folder.iterdir()}
    place = os.fsencode(folder)
    if libc.unshare(_NEW_NAMESPACE) or libc.mount(b"none", b"/", None, _PRIVATE, None):
        os._exit(NO_MOUNT)
    if libc.mount(b"tmpfs", place, b"tmpfs", 0, f"size={size}".encode()):
        os._exit(NO_MOUNT)
    for name, content in there.items():
        (folder / name).write_bytes(content)
    if read_only and libc.mount(None, place, None, _READ_ONLY | _REMOUNT, None):
        os._exit(NO_MOUNT)
    try:
        work()
    finally:
        lines = [f"{path.name} {path.stat().st_size}" for path in sorted(folder.iterdir())]
        Path("listed").write_text("\n".join(lines))
