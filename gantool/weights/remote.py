"""What the word behind `pull` means: a place, a file's name, and the sha256 it must have. Torch-free."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
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
    """A file somewhere else."""

    url: str
    name: str
    sha256: str


def understand(wanted: str, sha256: str | None) -> Remote:
    """Return what is to be fetched.

    Args:
        wanted: an http(s) address, `hf:OWNER/REPO[/FILE][@REVISION]`, or a name of the catalogue. Without a
            file, a repository's is `REPO.safetensors`.
        sha256: what the file must be; None only where the catalogue knows.

    Raises:
        UsageError: it is none of these, or no sha256 is known.
    """
    given = _checked(sha256)
    if wanted.startswith("hf:"):
        return _on_hub(wanted, given)
    if "://" in wanted:
        parts = urlsplit(wanted)
        name = PurePosixPath(unquote(parts.path)).name
        if parts.scheme not in ("http", "https") or not parts.netloc or not _is_name(name):
            raise UsageError(f"{wanted} is no address of a file", "give one that begins with https://")
        return Remote(wanted, name, _needed(given, wanted))
    return _in_catalogue(wanted, given)


def repository_of(wanted: str) -> str:
    """Return OWNER/REPO of `hf:OWNER/REPO`; UsageError where it is anything else."""
    match = _HF.fullmatch(wanted)
    if match is None or match[2] or match[3]:
        raise UsageError(f"{wanted} names no repository", "write hf:OWNER/REPO")
    return match[1]


def endpoint() -> str:
    """Return the hub's address, as huggingface_hub finds it."""
    return os.environ.get("HF_ENDPOINT", HUB).rstrip("/")


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
    known = {one.name: one for one in catalogue()}
    if wanted not in known:
        raise UsageError(
            f"{wanted!r} is no address and not in the catalogue",
            f"give https://..., hf:OWNER/REPO/FILE or a name of the catalogue; {nearest(wanted, known)}",
        )
    found = known[wanted]
    if sha256 not in (None, found.sha256):
        raise UsageError(f"--sha256 contradicts the catalogue, which has {found.sha256}", "leave it out")
    return Remote(found.url, PurePosixPath(urlsplit(found.url).path).name, found.sha256)


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
