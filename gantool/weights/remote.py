"""What the word behind `pull` means: a place, a file's name, and the sha256 it must have. Torch-free."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from gantool.errors import UsageError, nearest
from gantool.weights.catalogue import catalogue

HUB = "https://huggingface.co"
_HF = re.compile(r"hf:([\w.-]+/[\w.-]+)(?:/([^@]+))?(?:@([\w./-]+))?")
_NO_NAME = re.compile(r"[/\\:\x00-\x1f]")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Remote:
    """A file somewhere else. `id` and `task` are those of a weight that a plugin publishes."""

    url: str
    name: str
    sha256: str
    id: str = ""
    task: str = ""


def understand(wanted: str, sha256: str | None) -> Remote:
    """Return what is to be fetched.

    Args:
        wanted: an http(s) address, `hf:OWNER/REPO[/FILE][@REVISION]`, or a name of the catalogue, such as the
            id of a weight that an installed plugin publishes. Without a file, a repository's is
            `REPO.safetensors`.
        sha256: what the file must be; None only where the catalogue knows.

    Raises:
        UsageError: it is none of these, or no sha256 is known.
    """
    if wanted.startswith("hf:") or "://" in wanted:
        return at_address(wanted, sha256)
    return _in_catalogue(wanted, _checked(sha256))


def repository_of(wanted: str) -> str:
    """Return OWNER/REPO of `hf:OWNER/REPO`; UsageError where it is anything else."""
    match = _HF.fullmatch(wanted)
    if match is None or match[2] or match[3]:
        raise UsageError(f"{wanted} names no repository", "write hf:OWNER/REPO")
    return match[1]


def endpoint() -> str:
    """Return the hub's address, as huggingface_hub finds it."""
    return os.environ.get("HF_ENDPOINT", HUB).rstrip("/")


def at_address(address: str, sha256: str | None) -> Remote:
    """Return what lies at an address, as `understand` takes one; raises as it does."""
    given = _checked(sha256)
    if address.startswith("hf:"):
        return _on_hub(address, given)
    parts = urlsplit(address)
    name = PurePosixPath(unquote(parts.path)).name
    if parts.scheme not in ("http", "https") or not parts.netloc or not _is_name(name):
        raise UsageError(f"{address} is no address of a file", "give one that begins with https://")
    return Remote(address, name, _needed(given, address))


def _on_hub(wanted: str, sha256: str | None) -> Remote:
    match = _HF.fullmatch(wanted)
    if match is None:
        raise UsageError(f"{wanted} names no file on the hub", "write hf:OWNER/REPO/FILE")
    repository, file, revision = match[1], match[2], match[3] or "main"
    file = file or f"{repository.partition('/')[2]}.safetensors"
    if not _is_name(PurePosixPath(file).name):
        raise UsageError(f"{wanted} names no file on the hub", "write hf:OWNER/REPO/FILE")
    url = f"{endpoint()}/{repository}/resolve/{quote(revision, safe='')}/{quote(file)}"
    return Remote(url, PurePosixPath(file).name, _needed(sha256, wanted))


def _in_catalogue(wanted: str, sha256: str | None) -> Remote:
    known = {one.name: one for one in reversed(catalogue())}  # Of two of one name the first counts.
    if wanted not in known:
        raise UsageError(
            f"{wanted!r} is no address and not in the catalogue",
            f"give https://..., hf:OWNER/REPO/FILE or a name of the catalogue; {nearest(wanted, known)}",
        )
    found = known[wanted]
    if found.sha256 and sha256 not in (None, found.sha256.lower()):
        raise UsageError(f"--sha256 contradicts the catalogue, which has {found.sha256}", "leave it out")
    remote = at_address(found.url, found.sha256 or sha256)
    return replace(remote, id=found.name, task=found.task) if found.published else remote


def _is_name(name: str) -> bool:
    """Tell whether a file can lie under the last part of an address in any system's folder, and nowhere else.

    On Windows a backslash leads to other folders, and a colon to other drives.
    """
    return name not in ("", "..") and not _NO_NAME.search(name)


def _checked(sha256: str | None) -> str | None:
    if sha256 is not None and not _SHA256.fullmatch(sha256.lower()):
        raise UsageError(f"--sha256 {sha256} is none", "it has 64 digits 0-9 and a-f")
    return None if sha256 is None else sha256.lower()


def _needed(sha256: str | None, wanted: str) -> str:
    if sha256 is None:
        raise UsageError(
            f"nothing tells what {wanted} should hold", "add --sha256, as its publisher states it"
        )
    return sha256
