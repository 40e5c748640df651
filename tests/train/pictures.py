"""Pictures for tests of training data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def noise(seed: int, width: int = 40, height: int = 40) -> Image.Image:
    """Return a picture that no other seed is like, at any size."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def write(path: Path, seed: int, width: int = 40, height: int = 40) -> Path:
    """Write one, in the format of the path's suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise(seed, width, height).save(path)
    return path


def write_many(folder: Path, count: int, side: int = 40) -> list[Path]:
    """Write `count` of different sizes."""
    return [write(folder / f"{seed:04d}.png", seed, side, side + seed % 7) for seed in range(count)]


def truncate(path: Path, part: float = 0.5) -> None:
    """Cut a file's end off."""
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
