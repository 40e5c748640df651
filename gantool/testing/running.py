"""The enhancer on odd sizes, in tiles and in one piece, twice; and what of it another backend can run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gantool.errors import WeightError
from gantool.images import ArrayPicture
from gantool.inference.engine import enhance_picture
from gantool.inference.precision import Precision
from gantool.inference.result import Settings
from gantool.inference.tiling import round_up
from gantool.onnx.graph import network_of
from gantool.task import Enhancer, Exportable, Picture
from gantool.testing.pictures import make_picture
from gantool.testing.trial import Trial

ODD_SIZES = ((1, 1), (37, 53), (64, 31))
"""Width and height."""

TILE = 24
LONGEST = 1200
"""Halos up to half of this are crossed by whole tiles."""

TOLERANCE = 2e-5
"""Convolutions are not bit-equal between tile shapes: kernels are chosen by shape."""


def run_picture(
    trial: Trial, enhancer: Enhancer, width: int = 45, height: int = 38, tile: int = 0, channels: int = 3
) -> NDArray[Any]:
    """Return the output (H, W, C) in float32 for a made-up picture and made-up extras."""
    picture = ArrayPicture(_pixels(2, width, height, channels))
    settings = Settings("cpu", Precision.FP32, tile)
    return enhance_picture(enhancer, picture, _extras(trial, width, height), settings, np.float32).pixels


def _pixels(seed: int, width: int, height: int, channels: int) -> NDArray[Any]:
    return make_picture(seed, width, height)[..., :channels]


def _extras(trial: Trial, width: int, height: int, quarters: int = 0) -> Mapping[str, Picture]:
    """Return a made-up picture for every extra that the task declares; aligned ones turned by quarters."""
    declared = trial.task.enhance.extras if trial.task.enhance else ()
    sizes = {extra.name: (width, height) if extra.aligned else (48, 40) for extra in declared}
    made = {extra.name: _pixels(3, *sizes[extra.name], 1 if extra.grey else 3) for extra in declared}
    return {
        extra.name: ArrayPicture(np.rot90(made[extra.name], quarters if extra.aligned else 0).copy())
        for extra in declared
    }


def geometry(trial: Trial) -> Iterator[str]:
    """See that outputs have the stated scale, whatever the size, in colour and in grey."""
    enhancer = trial.enhancer()
    stated = enhancer.geometry
    if not stated.note and not (stated.exact and stated.tileable):
        yield "Geometry.note is empty: say why tiles are not exact, or not possible"
    for width, height in ODD_SIZES:
        for channels in (3, 1):
            size = f"{width} x {height} pixels with {channels} channels"
            try:
                run_picture(trial, enhancer, width, height, channels=channels)
            except WeightError:  # what the engine makes of an output that is not finite
                yield f"the output for {size} is not finite"
            except Exception as failure:
                failure.add_note(f"at {size}")
                raise


def graph(trial: Trial) -> Iterator[str]:
    """See that what an ONNX file would hold is called by the enhancer, and with the inputs it states."""
    enhancer = trial.enhancer()
    if not isinstance(enhancer, Exportable):
        return
    stated, calls = enhancer.graph, list[Any]()
    with network_of(enhancer).register_forward_pre_hook(
        lambda module, *given: calls.append(given), with_kwargs=True
    ):
        run_picture(trial, enhancer)
    if not calls:
        yield "the enhancer does not call what Graph.network names: no other backend could run it"
    for inputs, by_name in calls[:1]:
        shapes = [tuple(one.shape[1:]) for one in inputs[1:]]
        if by_name or shapes != [one.shape for one in stated.inputs]:
            yield (
                f"the network gets {shapes} behind the image and {sorted(by_name)} by name, but Graph.inputs "
                "states other shapes: state what is passed, (batch, *shape), and pass it by position"
            )


def tiles(trial: Trial) -> Iterator[str]:
    """See that tiles give what one piece gives, on strips long enough for the halo to matter."""
    enhancer = trial.enhancer()
    stated = enhancer.geometry
    if not (stated.exact and stated.tileable):
        return
    long = min(LONGEST, 2 * stated.halo + 4 * TILE + 1)
    for width, height in ((long, 41), (41, long)):
        whole = run_picture(trial, enhancer, width, height)
        tiled = run_picture(trial, enhancer, width, height, tile=max(TILE, stated.multiple_of))
        apart = float(np.abs(whole - tiled).max()) / max(1.0, float(np.abs(whole).max()))
        if apart > TOLERANCE:
            yield (
                f"tiles differ from one piece by {apart:.2g} at {width} x {height}: Geometry.halo "
                f"{stated.halo} is below the receptive field's radius, or something looks at all of a tile "
                "(say exact=False)"
            )


def views(trial: Trial) -> Iterator[str]:
    """See that the mean over all views turns with the picture, where views may be averaged."""
    enhancer = trial.enhancer()
    stated = enhancer.geometry
    if not stated.turnable:
        return
    # What is added to please the network would be added at other sides of a turned picture.
    width, height = (round_up(side, stated.multiple_of) for side in (45, 38))
    settings = Settings("cpu", Precision.FP32, 0, tta=8)
    upright, turned = (
        enhance_picture(
            enhancer,
            ArrayPicture(np.rot90(_pixels(2, width, height, 3), quarters).copy()),
            _extras(trial, width, height, quarters),
            settings,
            np.float32,
        ).pixels
        for quarters in (0, 1)
    )
    apart = float(np.abs(turned - np.rot90(upright)).max()) / max(1.0, float(np.abs(upright).max()))
    if apart > TOLERANCE:
        yield (
            f"the mean over eight views of a turned picture differs by {apart:.2g} from the turned mean: "
            "something hangs on a tile's place (say turnable=False)"
        )


def repeats(trial: Trial) -> Iterator[str]:
    """See that one weight gives one picture."""
    enhancer = trial.enhancer()
    torch.manual_seed(1)
    first = run_picture(trial, enhancer)
    torch.manual_seed(2)
    if not (run_picture(trial, enhancer) == first).all():
        yield "one weight makes two pictures of one: seed what is random, and keep no state between pictures"
    if not (run_picture(trial, trial.enhancer()) == first).all():
        yield "an enhancer that is built again makes another picture: let `build` use its arguments alone"
