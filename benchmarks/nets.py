"""Our weights as functions from pixels to pixels, for any task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from gantool import plugins
from gantool.errors import WeightError
from gantool.evaluation import load_weights
from gantool.images import ArrayPicture
from gantool.inference.engine import Engine
from gantool.inference.result import Settings
from gantool.weights import store

Pixels = NDArray[np.uint8]
Make = Callable[[Pixels], Pixels]
"""(h, w, 3) to (h * scale, w * scale, 3)."""

Options = TypeVar("Options")


@dataclass(frozen=True)
class Weight(Generic[Options]):
    """One of our weights that is there to be measured, and the options that name it."""

    id: str
    options: Options


def stored(task: str, wanted: Iterable[Options]) -> Iterator[Weight[Options]]:
    """Yield the weights that the options name, where they are in the store."""
    found = plugins.load(task)
    assert found.enhance is not None
    for options in wanted:
        (name,) = found.enhance.weights(options)
        try:
            store.resolve(name, found)
        except WeightError:
            continue
        yield Weight(name, options)


def network(task: str, options: object, settings: Settings, wanted: Sequence[str] = ()) -> Make:
    """Return the whole enhance call on decoded pixels, the network loaded and placed.

    `wanted` are ids or files in place of the weights that the options name.
    """
    found = plugins.load(task)
    assert found.enhance is not None
    engine = Engine(found.enhance.build(options, load_weights(found, options, wanted)), settings)
    return partial(_enhance, engine)


def _enhance(engine: Engine, pixels: Pixels) -> Pixels:
    made: Pixels = engine.enhance(ArrayPicture(pixels)).pixels
    return made


def as_pixels(tensor: Any) -> Pixels:
    """Return (H, W, C) uint8 of a tensor (1, C, H, W) in [0, 1]."""
    pixels: Pixels = tensor[0].permute(1, 2, 0).clamp(0, 1).mul(255).round().byte().cpu().numpy()
    return pixels
