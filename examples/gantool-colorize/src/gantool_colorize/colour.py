"""Brightness and colour apart: luma and chroma of BT.601, full range (as JPEG has them).

Images are (N, 3, H, W) in [0, 1], luma (N, 1, H, W) in [0, 1], chroma (N, 2, H, W) in [-0.5, 0.5]: Cb, Cr.
"""

from __future__ import annotations

import torch
from torch import Tensor

RED, GREEN, BLUE = 0.299, 0.587, 0.114
CB_UNIT, CR_UNIT = 2 - 2 * BLUE, 2 - 2 * RED


def luma(image: Tensor) -> Tensor:
    """Return the brightness; of a grey image repeated to three channels, that image."""
    red, green, blue = image.chunk(3, 1)
    return RED * red + GREEN * green + BLUE * blue


def chroma(image: Tensor) -> Tensor:
    """Return the colour."""
    bright = luma(image)
    return torch.cat(((image[:, 2:] - bright) / CB_UNIT, (image[:, :1] - bright) / CR_UNIT), 1)


def merged(bright: Tensor, colour: Tensor) -> Tensor:
    """Return the image of a luma and a chroma; it may leave [0, 1] where the two do not go together."""
    cb, cr = colour.chunk(2, 1)
    red, blue = bright + CR_UNIT * cr, bright + CB_UNIT * cb
    return torch.cat((red, (bright - RED * red - BLUE * blue) / GREEN, blue), 1)
