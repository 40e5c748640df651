"""Arrays that tests enhance, and what `twice` makes of them."""

from __future__ import annotations

import numpy as np

CPU = {"device": "cpu", "precision": "fp32"}


def doubled(pixels: np.ndarray) -> np.ndarray:
    return pixels.repeat(2, axis=0).repeat(2, axis=1)


def noise(shape: tuple[int, ...], kind: type) -> np.ndarray:
    values = 0.1 + 0.9 * np.random.default_rng(0).random(shape)  # no pixel is wholly transparent
    return values.astype(kind) if np.dtype(kind).kind == "f" else (values * np.iinfo(kind).max).astype(kind)
