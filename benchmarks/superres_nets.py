"""Our super-resolution weights, and bicubic, as functions from a small picture to a large one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from nets import Make, Pixels, Weight, stored
from PIL import Image

from gantool_superres.options import SCALES, Kind, Size, SuperResOptions


def available(scales: tuple[int, ...] = SCALES) -> Iterator[Weight[SuperResOptions]]:
    """Yield the weights of the store, of every scale, kind and size that are there."""
    kinds = (Kind.fidelity, Kind.robust, Kind.photo)
    every = (SuperResOptions(scale, kind, size) for scale in scales for kind in kinds for size in Size)
    return stored("superres", every)


def bicubic(scale: int) -> Make:
    """Return Pillow's bicubic enlargement."""

    def enlarge(pixels: Pixels) -> Pixels:
        size = (pixels.shape[1] * scale, pixels.shape[0] * scale)
        return np.array(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))

    return enlarge
