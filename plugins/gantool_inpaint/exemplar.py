"""Deep holes filled with what the picture has elsewhere: patches that agree, from coarse to fine.

Wexler et al. 2007, "Space-Time Completion of Video": each pixel of a hole becomes the mean of what the
patches over it take from their nearest known patches, again and again, at ever larger sizes, those near the
hole's edge foremost; at the last it is the best patch's alone. Texture goes on that way, and so do straight
edges. What goes where is the network's guess: patches have to look like it from afar. A smooth correction
(mean-value cloning, Farbman et al. 2009, here by pull-push) then brings the colours to those around the hole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor

from gantool.task import Box, Picture
from gantool_inpaint.coarse import MOSTLY, Coarse, nearby, reduced
from gantool_inpaint.distance import distance
from gantool_inpaint.fill import smooth_fill
from gantool_inpaint.looks import softened, sparse_patches
from gantool_inpaint.patches import LEAST_SOURCES, SIDE, Field, Matcher, patches_of
from gantool_inpaint.regions import Holes, groups
from gantool_inpaint.votes import of_the_best, votes

DEEP = 16
"""Where a square of 2 * DEEP + 1 pixels fits into a hole, the hole is deep."""

LEAST_CONTEXT = 96
MOST_MATCHED = 2**17
"""Pixels of the finest size at which patches are compared; at finer ones they are copied from there alone."""

MOST_PIXELS = 2**22
"""Of the finest size at all: what has more around a hole is filled reduced."""

COARSEST = 16
"""No side of the area is reduced below so many pixels."""

PASSES_COARSE, PASSES_FINE = 12, 4

CONFIDENCE, FAR = 1.3, 64
"""By how much less a patch is heard for each pixel that it lies deeper in a hole, up to FAR."""

GUIDE = 0.1
"""What the look from afar counts for in a patch's distance, the patch itself being 1.

With none patches of a leg came into a dress. A guess between two things looks like neither: with 0.25 it drew
what looks like their mean, a blot of leaves between rock and water.
"""

SOFT = 4
"""From this reduction on a picture is not blurred to look as from afar."""

MOST_CORRECTED = 0.05
"""What differs by more beside a hole is another thing, not another tone: spread, it would glow."""

SHARE = 0.05
"""Of the patches: those that match at least as well as the worst of these have a full say in the mean.

Means of all that lie over a pixel are blurred, and what is blurred is matched with what is blurred.
"""


def deep_part(holes: Holes) -> Holes:
    """Return the part of holes (H, W) that is deep: an opening with a square, looked at group by group."""
    deep = np.zeros_like(holes)
    for box in groups(holes):
        if min(box.width, box.height) <= 2 * DEEP:
            continue
        place = (slice(box.y, box.y + box.height), slice(box.x, box.x + box.width))
        known = functional.pad((~torch.from_numpy(holes[place])).float()[None, None], (1,) * 4, value=1.0)
        core = (nearby(known, DEEP) == 0).float()
        deep[place] |= (nearby(core, DEEP) > 0)[0, 0, 1:-1, 1:-1].numpy()
    return deep


def exemplar_fill(whole: Picture, holes: Picture, box: Box, guess: Coarse, seed: int) -> Coarse | None:
    """Fill the holes in `box` with patches from around it that look like the guess from afar.

    None where too little is known there.
    """
    area = _around(box, whole)
    rng = torch.Generator().manual_seed(seed)
    last: Level | None = None
    for factor in _levels(area):
        size = _widened(area, factor)
        image, known = reduced(whole, holes, size, factor)
        mask = known < MOSTLY
        matcher = Matcher(mask[0, 0], rng)
        if len(matcher.sources) >= LEAST_SOURCES:
            start = smooth_fill(image, mask.float())[0]
            guessed = torch.where(mask, guess.at(size, image.device, factor), image)[0]
            last = _level(matcher, start, guessed, factor, last)
    if last is None:
        return None
    # Means let patches come to agree, and are soft; what is left in the end are pixels of the best ones.
    made = _copied(last.matcher, last.image, last.field)
    return Coarse(box, _widened(area, last.factor), last.factor, made[None].clamp(0, 1))


@dataclass(frozen=True)
class Level:
    """A picture (3, H, W), its patches in agreement at one size, and where they come from."""

    matcher: Matcher
    factor: int
    image: Tensor
    field: Field


def _level(matcher: Matcher, start: Tensor, guessed: Tensor, factor: int, last: Level | None) -> Level:
    """Return a size at which patches agree, from the one before it on; from afar it looks as guessed."""
    if last is not None and matcher.height * matcher.width > MOST_MATCHED:
        return Level(matcher, factor, start, matcher.finer(last.matcher, last.field))
    heard, guide = _heard(matcher), _from_afar(guessed, factor)
    if last is None:
        passes, source, image = PASSES_COARSE, matcher.drawn(len(matcher.places)), start
    else:
        field = matcher.finer(last.matcher, last.field)
        passes, source, image = PASSES_FINE, field.source, _voted(matcher, start, field, heard)
    for _ in range(passes):
        field = matcher.matched(torch.cat((patches_of(image), guide), 1), source)
        image, source = _voted(matcher, image, field, heard), field.source
    return Level(matcher, factor, image, field)


def _from_afar(image: Tensor, factor: int) -> Tensor:
    """Return (H * W, 27): how the surroundings of each pixel look from afar, as heavy as GUIDE says."""
    # A picture that is reduced a lot is soft already.
    soft = softened(image) if factor < SOFT else image
    return sparse_patches(soft) * math.sqrt(GUIDE * SIDE * SIDE / 9)


def _around(box: Box, whole: Picture) -> Box:
    """Return the box and as much around it as it is long, within the picture."""
    context = max(LEAST_CONTEXT, box.width, box.height)
    left, top = max(0, box.x - context), max(0, box.y - context)
    right = min(whole.width, box.x + box.width + context)
    bottom = min(whole.height, box.y + box.height + context)
    return Box(left, top, right - left, bottom - top)


def _widened(area: Box, factor: int) -> Box:
    return Box(area.x, area.y, -(-area.width // factor) * factor, -(-area.height // factor) * factor)


def _levels(area: Box) -> Iterator[int]:
    """Yield reductions by powers of two, the coarsest first."""
    factor = 1
    while min(area.width, area.height) >= 2 * factor * COARSEST:
        factor *= 2
    while True:
        yield factor
        factor //= 2
        if factor < 1 or area.width * area.height > MOST_PIXELS * factor**2:
            return


def _heard(matcher: Matcher) -> Tensor:
    """Return (N,): how much each patch is heard for where it lies.

    What lies deep in a hole is a guess of guesses; what is known has to work its way in.
    """
    rows, columns = matcher.places.unbind(1)
    return CONFIDENCE ** -distance(~matcher.holes, FAR)[rows, columns]


def _voted(matcher: Matcher, image: Tensor, field: Field, heard: Tensor) -> Tensor:
    """Return (3, H, W) with its holes as the patches over them have it, the well-matched ones foremost."""
    best = max(1, int(SHARE * len(field.cost)))
    spread = field.cost.kthvalue(best).values.clamp(min=1e-6)
    # Where only bad matches lie over a pixel, the least bad are to be heard.
    weight = (-field.cost / (2 * spread)).exp().clamp(min=1e-8)
    weight = weight * heard
    sums = torch.zeros(matcher.height * matcher.width, 4)
    flat = image.reshape(3, -1).T
    for vote in votes(matcher, field):
        own = weight[vote.patch, None]
        sums.index_add_(0, vote.pixel, torch.cat((flat[vote.taken] * own, own), 1))
    said = (sums[:, :3] / sums[:, 3:].clamp(min=1e-30)).T.reshape(image.shape)
    return torch.where(matcher.holes, said + _correction(matcher, image, said), image)


def _copied(matcher: Matcher, image: Tensor, field: Field) -> Tensor:
    """Return (3, H, W), each pixel of its holes from the best-matched of the patches over it."""
    copied = of_the_best(matcher, image, field)
    return torch.where(matcher.holes, copied + _correction(matcher, image, copied), image)


def _correction(matcher: Matcher, image: Tensor, said: Tensor) -> Tensor:
    """Return what the votes lack of the known pixels beside holes, spread smoothly over the holes."""
    beside = (matcher.number >= 0) & ~matcher.holes
    lacking = (image - said).clamp(-MOST_CORRECTED, MOST_CORRECTED)
    return smooth_fill(lacking[None], (~beside)[None, None].float())[0]
