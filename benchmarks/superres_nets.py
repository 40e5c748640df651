"""Our super-resolution weights, and bicubic, as functions from a small picture to a large one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gantool import plugins
from gantool.errors import WeightError
from gantool.evaluation import load_weights
from gantool.images import ArrayPicture
from gantool.inference.engine import Engine
from gantool.inference.result import Settings
from gantool.weights import store
from gantool_superres.options import SCALES, Kind, Size, SuperResOptions, needed_weights

Pixels = NDArray[np.uint8]
Enlarge = Callable[[Pixels], Pixels]
"""(h, w, 3) to (h * scale, w * scale, 3)."""


@dataclass(frozen=True)
class Weight:
    """One of our weights that is there to be measured."""

    id: str
    options: SuperResOptions


def available(scales: tuple[int, ...] = SCALES) -> Iterator[Weight]:
    """Yield the weights of the store, of every scale, kind and size that are there."""
    task = plugins.load("superres")
    for scale in scales:
        for kind in (Kind.fidelity, Kind.robust, Kind.photo):
            for size in Size:
                options = SuperResOptions(scale=scale, kind=kind, size=size)
                (name,) = needed_weights(options)
                try:
                    store.resolve(name, task)
                except WeightError:
                    continue
                yield Weight(name, options)


def network(options: SuperResOptions, settings: Settings) -> Enlarge:
    """Return the whole enhance call on decoded pixels, the network loaded and placed."""
    task = plugins.load("superres")
    assert task.enhance is not None
    engine = Engine(task.enhance.build(options, load_weights(task, options)), settings)
    return partial(_enhance, engine)


def _enhance(engine: Engine, pixels: Pixels) -> Pixels:
    made: Pixels = engine.enhance(ArrayPicture(pixels)).pixels
    return made


def bicubic(scale: int) -> Enlarge:
    """Return Pillow's bicubic enlargement."""

    def enlarge(pixels: Pixels) -> Pixels:
        size = (pixels.shape[1] * scale, pixels.shape[0] * scale)
        return np.array(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))

    return enlarge


def as_pixels(tensor: Any) -> Pixels:
    """Return (H, W, C) uint8 of a tensor (1, C, H, W) in [0, 1]."""
    pixels: Pixels = tensor[0].permute(1, 2, 0).clamp(0, 1).mul(255).round().byte().cpu().numpy()
    return pixels
