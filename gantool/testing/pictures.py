"""Small made-up photographs: smooth shapes of many colours with fine grain. Torch-free."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

COUNT = 4

Painter = Callable[[Path, int], None]
"""Called with an empty folder and a side: makes a training set there whose shorter sides are that long."""


def make_picture(seed: int, width: int, height: int) -> NDArray[np.uint8]:
    """Return (height, width, 3)."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (7, 7, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float64)
    grain: NDArray[Any] = rng.normal(0, 6, (height, width, 1))
    pixels: NDArray[np.uint8] = np.clip(smooth + grain, 0, 255).astype(np.uint8)
    return pixels


def write_pictures(folder: Path, side: int) -> None:
    """Write pictures with shorter sides of `side` pixels, some upright, some lying."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(COUNT):
        width, height = (side, side + 5 * seed) if seed % 2 else (side + 3 * seed, side)
        Image.fromarray(make_picture(seed, width, height)).save(folder / f"{seed}.png")


def write_pairs(folder: Path, side: int) -> None:
    """Write a paired set: `target/` as `write_pictures` has it, and the same, darker, as `input/`."""
    write_pictures(folder / "target", side)
    (folder / "input").mkdir()
    for path in sorted((folder / "target").iterdir()):
        with Image.open(path) as picture:
            picture.point(lambda level: level // 2).save(folder / "input" / path.name)
