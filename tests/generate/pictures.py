"""Made-up sets: classes that any network tells apart, as folders or as IDX files."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

COUNT = 12


def stripes(seed: int, side: int, upright: bool) -> NDArray[np.uint8]:
    """Return (side, side): upright or lying stripes of a random width and place."""
    rng = np.random.default_rng(seed)
    line = 127 + 120 * np.sin(np.arange(side) * rng.uniform(0.4, 0.9) + rng.uniform(0, 6))
    rows = np.broadcast_to(line, (side, side))
    pixels: NDArray[np.uint8] = (rows if upright else rows.T).astype(np.uint8)
    return pixels


def write_classes(folder: Path, side: int) -> None:
    """Write two folders of classes, `lying` and `upright`, six grey pictures in each."""
    for index in range(COUNT):
        name = "upright" if index % 2 else "lying"
        (folder / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(stripes(index, side, bool(index % 2))).save(folder / name / f"{index}.png")


def idx(array: NDArray[np.uint8]) -> bytes:
    """Return an IDX file's content, not compressed."""
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return head + array.tobytes()


def write_idx(folder: Path, side: int = 28, count: int = COUNT) -> Path:
    """Write images and labels 0 and 1 as MNIST names them, gzipped; return the images' file."""
    images = np.stack([stripes(index, side, bool(index % 2)) for index in range(count)])
    labels = (np.arange(count) % 2).astype(np.uint8)
    (folder / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(labels)))
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(idx(images)))
    return path
