"""Pictures, a network that does something, and its weight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gantool.images import ArrayPicture
from gantool.inference.engine import Engine
from gantool.inference.precision import Precision
from gantool.inference.result import Result, Settings
from gantool.task import LoadedWeight, Picture
from gantool.testing.pictures import make_picture
from gantool.weights import files
from gantool.weights.card import Card
from gantool_inpaint.enhance import InpaintEnhancer
from gantool_inpaint.networks import ARCHITECTURE, Generator, InpaintConfig
from gantool_inpaint.options import InpaintOptions

Pixels = NDArray[Any]
SMALL = InpaintConfig(width1=8, width2=8, width3=8)


def generator() -> Generator:
    """Return an untrained network whose last layer is not zero: it adds something to the smooth fill."""
    torch.manual_seed(0)
    made = Generator(SMALL)
    torch.nn.init.normal_(made.tail.weight, std=0.02)
    return made.eval()


def photo(width: int = 120, height: int = 90, channels: int = 3, kind: Any = np.uint8) -> Pixels:
    """Return (height, width, channels) of a smooth made-up picture with noise."""
    pixels = make_picture(1, width, height)[..., :channels]
    return pixels if kind == np.uint8 else (pixels.astype(np.uint16) * 257 + 3).astype(kind)


def hole(width: int = 120, height: int = 90) -> Pixels:
    """Return a mask (height, width), 255 in a box of 30 x 20 pixels at (40, 50)."""
    mask = np.zeros((height, width), np.uint8)
    mask[50:70, 40:70] = 255
    return mask


def fill(
    pixels: Pixels, options: InpaintOptions, mask: Pixels | None = None, candidate: int = 1, tile: int = 0
) -> Result:
    """Return what the small network makes of a picture."""
    engine = Engine(InpaintEnhancer(options, generator()), Settings("cpu", Precision.FP32, tile))
    extras: dict[str, Picture] = {} if mask is None else {"mask": ArrayPicture(mask)}
    return engine.enhance(ArrayPicture(pixels), extras, pixels.dtype, candidate=candidate)


def card(kind: str = "") -> Card:
    """Return the small network's card, which says what it was trained for where `kind` is given."""
    return Card(
        id="inpaint-photo",
        task="inpaint",
        architecture=ARCHITECTURE,
        config=SMALL.as_card(),
        licence="CC0-1.0",
        recipe={"kind": kind} if kind else {},
    )


def loaded(kind: str = "") -> LoadedWeight:
    """Return the small network as a weight in memory."""
    return LoadedWeight("inpaint-photo", card(kind), generator().state_dict(), "", Path())


def write_weight(path: Path, kind: str = "") -> None:
    """Write the small network as a weight of the task."""
    files.save(path, generator().state_dict(), card(kind))
