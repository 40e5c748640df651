"""The painting of `--style FILE` or `--painting FILE`, as networks are shown it."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from gantool.errors import ImageError
from gantool.images import ArrayPicture, decode
from gantool.inference.result import MAX_PIXELS
from gantool_style_transfer.encoder import PAINTING_SIDE

SMALLEST_SIDE = 64


def read_painting(path: Path) -> Tensor:
    """Return (1, 3, h, w) in [0, 1], no side longer than `PAINTING_SIDE`, as in training.

    Raises:
        ImageError: it cannot be read, or is too small for its strokes to be seen.
    """
    picture = ArrayPicture(decode(path, max_pixels=MAX_PIXELS).pixels)
    reduced = picture.reduced(PAINTING_SIDE).expand(-1, 3, -1, -1)
    if min(reduced.shape[2:]) < SMALLEST_SIDE:
        size = f"{picture.width} x {picture.height}"
        if max(picture.width, picture.height) > PAINTING_SIDE:
            size += f", and {reduced.shape[3]} x {reduced.shape[2]} as the network is shown it"
        raise ImageError(f"the painting {path} is {size}", f"both sides need {SMALLEST_SIDE} pixels or more")
    return reduced.contiguous()
