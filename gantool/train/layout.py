"""Which files of a folder are for training and which for validation. Torch-free."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gantool.images.searching import find_pictures

SUFFIXES = frozenset([".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".avif"])
HELD_OUT_SHARE = 32
MOST_HELD_OUT = 16


@dataclass(frozen=True)
class Split:
    """Training and validation files, sorted; they share none."""

    train: tuple[Path, ...]
    val: tuple[Path, ...]

    def fingerprint(self) -> str:
        """Return a digest of names and sizes, so that a resumed run notices other data."""
        digest = hashlib.sha256()
        for path in self.train:
            digest.update(f"{path.name}\0{path.stat().st_size}\n".encode())
        return digest.hexdigest()[:16]


def find_split(data: Path, val: Path | None) -> Split:
    """Split a plain folder, `train/` beside `val/`, or DIV2K as it unpacks.

    Without a validation folder, every 32nd picture (by the digest of its name, at most 16) is held out.

    Raises:
        UsageError: the folder is missing or holds no pictures.
    """
    train_folder, val_folder = _folders(data)
    train = find_pictures(train_folder)
    val_folder = val or val_folder
    held_out = find_pictures(val_folder) if val_folder else _hold_out(train)
    kept = set(held_out)
    return Split(tuple(path for path in train if path not in kept), held_out[:MOST_HELD_OUT])


def _folders(data: Path) -> tuple[Path, Path | None]:
    """DIV2K's LR folders lie beside its HR ones and must never be taken for training pictures."""
    for train, val in (("DIV2K_train_HR", "DIV2K_valid_HR"), ("train", "val"), ("train", "valid")):
        if (data / train).is_dir():
            return data / train, (data / val if (data / val).is_dir() else None)
    return data, None


def _hold_out(files: Sequence[Path]) -> tuple[Path, ...]:
    def digest(path: Path) -> bytes:
        return hashlib.sha256(path.name.encode()).digest()

    count = min(MOST_HELD_OUT, max(1, len(files) // HELD_OUT_SHARE)) if len(files) > 1 else 0
    return tuple(sorted(sorted(files, key=digest)[:count]))
