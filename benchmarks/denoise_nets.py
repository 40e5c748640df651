"""Our denoising weights as functions from noisy pixels to clean ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from superres_nets import Enlarge, Pixels

from gantool import plugins
from gantool.errors import WeightError
from gantool.evaluation import load_weights
from gantool.images import ArrayPicture
from gantool.inference.engine import Engine
from gantool.inference.result import Settings
from gantool.weights import store
from gantool_denoise.options import DenoiseOptions, Kind, Size, needed_weights


@dataclass(frozen=True)
class Weight:
    """One of our weights that is there to be measured."""

    id: str
    kind: Kind
    size: Size


def available(kinds: tuple[Kind, ...] = tuple(Kind)) -> Iterator[Weight]:
    """Yield the weights of the store, of every kind and size that are there."""
    task = plugins.load("denoise")
    for kind in kinds:
        for size in Size:
            (name,) = needed_weights(DenoiseOptions(kind=kind, size=size))
            try:
                store.resolve(name, task)
            except WeightError:
                continue
            yield Weight(name, kind, size)


def network(options: DenoiseOptions, settings: Settings) -> Enlarge:
    """Return the whole enhance call on decoded pixels, the network loaded and placed."""
    task = plugins.load("denoise")
    assert task.enhance is not None
    engine = Engine(task.enhance.build(options, load_weights(task, options)), settings)
    return partial(_enhance, engine)


def _enhance(engine: Engine, pixels: Pixels) -> Pixels:
    made: Pixels = engine.enhance(ArrayPicture(pixels)).pixels
    return made
