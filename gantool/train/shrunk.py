"""Training patches out of squares of twice their side: cut out, or shrunk to half.

Shrinking takes a picture's own noise, JPEG traces and softness away, so that the target is cleaner and
sharper than the file, and shows each picture at a second scale.
"""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor


def cut_or_shrunk(large: Tensor, rng: torch.Generator, share: float) -> Tensor:
    """Return patches (N, C, h/2, w/2) of (N, C, h, w) in [0, 1].

    Args:
        large: squares, in float.
        rng: the only source of randomness.
        share: the probability, 0 to 1, of a patch to be the whole square, shrunk (bicubic, antialiased);
            the others are cut out of it, anywhere.
    """
    height, width = (side // 2 for side in large.shape[2:])
    small = functional.interpolate(large, size=(height, width), mode="bicubic", antialias=True).clamp(0, 1)
    corners = torch.rand(len(large), 2, generator=rng)
    shrunk = (torch.rand(len(large), generator=rng) < share).tolist()
    rows = [int(part * (height + 1)) for part in corners[:, 0].tolist()]
    columns = [int(part * (width + 1)) for part in corners[:, 1].tolist()]
    return torch.stack(
        [
            small[index] if shrunk[index] else large[index, :, y : y + height, x : x + width]
            for index, (y, x) in enumerate(zip(rows, columns, strict=True))
        ]
    )
