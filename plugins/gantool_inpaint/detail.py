"""Fine detail for what a network filled: from places of the picture that look like it, seen softly.

A network that has to guess guesses soft. What it makes is right in what is large, and tells by that where
the picture has the like: patches are compared after a blur (PatchMatch), and what the blur takes away there
is laid over the fill. That is the high band of example-based super-resolution (Freeman et al. 2002) with the
picture itself for examples. Nothing larger than the blur is copied, so that no object comes of it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from gantool_inpaint.distance import distance
from gantool_inpaint.looks import softened, sparse_patches
from gantool_inpaint.patches import LEAST_SOURCES, Matcher
from gantool_inpaint.votes import of_the_best

PASSES = 8
"""With half of them ST-LPIPS on held-out pictures is higher: by 0.0003 in strokes over 20-30 %, by 0.0015 in
strokes over 40-50 %."""

UNLIKE = 0.2
"""Where a place differs so much from the fill, after the blur, half of its detail is taken: at edges that
lie otherwise, all of it would be specks."""

EDGE, FADE = 1, 2
"""So many pixels from what is known the fill stays as it is, and the detail is there in full so many on."""


def detailed(filled: Tensor, holes: Tensor, seed: int, wanted: Tensor | None = None) -> Tensor:
    """Return a filled picture with the detail of its known places in its holes.

    Args:
        filled: (1, 3, H, W) in [0, 1], float32, its holes filled.
        holes: (H, W), bool, on the same device.
        seed: of the search for patches.
        wanted: (H, W), bool, the part of the holes that gets detail; all of them by default.
    """
    share = ((distance(~holes, EDGE + FADE) - EDGE) / FADE).clamp(0, 1)
    if wanted is not None:
        share = share * wanted
    image, hidden = filled[0].cpu(), holes.cpu()
    matcher = Matcher(hidden, torch.Generator().manual_seed(seed), (share > 0).cpu())
    if not len(matcher.places) or len(matcher.sources) < LEAST_SOURCES:
        return filled
    soft = softened(image)
    looks, source = sparse_patches(soft), matcher.drawn(len(matcher.places))
    for _ in range(PASSES):
        field = matcher.matched(looks, source)
        source = field.source
    fine, there = of_the_best(matcher, torch.cat((image - soft, soft)), field).chunk(2)
    trust = UNLIKE**2 / (UNLIKE**2 + (soft - there).square().mean(0))
    with_detail = (soft + trust * fine).to(filled.device)
    return torch.lerp(filled, with_detail[None], share).clamp(0, 1)
