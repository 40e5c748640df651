"""`SHA256SUMS`, in the format of the `sha256sum` command, beside weight files that are shipped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from gantool.errors import Code, WeightError

MANIFEST = "SHA256SUMS"

# "DIGEST  NAME" (text mode) or "DIGEST *NAME" (binary mode).
_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)")


def manifest(folder: Path) -> Mapping[str, str]:
    """Return file name to sha256 as the folder's manifest says; empty where there is none.

    Raises:
        WeightError: a line that is not in sha256sum's format.
    """
    path = folder / MANIFEST
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as failure:
        raise WeightError(f"{path} cannot be read ({failure})") from failure
    matches = [_LINE.fullmatch(line) for line in lines if line.strip()]
    if not all(matches):
        raise WeightError(
            f"{path} is not in the format of sha256sum", f"write it by `sha256sum * > {MANIFEST}`"
        )
    return {match[2]: match[1] for match in matches if match}


def check(path: Path, digest: str, expected: str | None) -> None:
    """Raise WeightError where `digest` is not `expected`, or not what the manifest beside `path` says."""
    for wanted in (expected, manifest(path.parent).get(path.name)):
        if wanted and wanted.lower() != digest:
            raise WeightError(
                f"{path} is not the file it should be: its sha256 is {digest[:12]}..., not {wanted[:12]}...",
                "copy or download it again",
                Code.WEIGHT_DAMAGED,
            )
