"""Nearest patches: for each patch over a hole the most similar one of what is known (PatchMatch).

Barnes et al. 2009, "PatchMatch: A Randomized Correspondence Algorithm for Structural Image Editing", with all
patches improved at once instead of in scan order. On the CPU: it gathers much and computes little.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as functional
from torch import Tensor

RADIUS = 3
"""Patches are squares of 2 * RADIUS + 1 pixels."""

SIDE = 2 * RADIUS + 1
JUMPS = (4, 1)
"""From how far away neighbours suggest their sources, round by round (jump flooding, Rong and Tan 2006).

All patches move at once, so that without the wide jumps a good source spreads by one pixel a round.
"""

LEAST_SOURCES = 64
"""With fewer known patches nothing worth while is found."""

_NEIGHBOURS = ((0, 1), (1, 0), (0, -1), (-1, 0))


@dataclass(frozen=True)
class Field:
    """Which patch each place takes: centres (row, column), (N, 2), and squared distances (N,)."""

    source: Tensor
    cost: Tensor


class Matcher:
    """Places whose patch touches a (wanted) hole, and patches that are known, of one picture size."""

    def __init__(self, holes: Tensor, rng: torch.Generator, wanted: Tensor | None = None) -> None:
        """Take `holes`, (H, W) bool, and their `wanted` part, all by default; `rng` draws what is tried."""
        self.rng = rng
        self.height, self.width = holes.shape
        touched = _under_patches(holes if wanted is None else wanted)
        known = ~_under_patches(holes)
        known[:RADIUS], known[-RADIUS:], known[:, :RADIUS], known[:, -RADIUS:] = False, False, False, False
        self.holes, self.known = holes, known
        self.places, self.sources = touched.nonzero(), known.nonzero()
        self.number = torch.full(holes.shape, -1)
        self.number[touched] = torch.arange(len(self.places))

    def drawn(self, count: int) -> Tensor:
        """Return `count` known patches by chance, (count, 2)."""
        return self.sources[torch.randint(len(self.sources), (count,), generator=self.rng)]

    def usable(self, source: Tensor) -> Tensor:
        """Return which centres (N, 2) have a known patch, (N,) bool."""
        rows, columns = source.unbind(1)
        inside = (rows >= 0) & (rows < self.height) & (columns >= 0) & (columns < self.width)
        return inside & self._at(self.known, rows, columns)

    def finer(self, coarse: Matcher, field: Field) -> Field:
        """Return what a matcher of half the size suggests for these places, with its distances there.

        Places for which it suggests nothing get patches by chance, and the greatest distance.
        """
        beside = (self.places // 2).clamp(max=torch.tensor([coarse.height - 1, coarse.width - 1]))
        number = coarse.number[beside[:, 0], beside[:, 1]]
        taken = number.clamp(min=0)
        suggested = 2 * field.source[taken] + self.places % 2
        fit = (number >= 0) & self.usable(suggested)
        source = torch.where(fit[:, None], suggested, self.drawn(len(suggested)))
        return Field(source, torch.where(fit, field.cost[taken], field.cost.max()))

    def matched(self, patches: Tensor, source: Tensor) -> Field:
        """Return better sources of `patches`, (H * W, values), than those given."""
        wanted = patches[self._flat(self.places)]
        field = Field(source, self._cost(patches, wanted, source))
        for jump in JUMPS:
            for down, right in _NEIGHBOURS:
                field = self._offered(patches, wanted, field, *self._beside(field, jump * down, jump * right))
            reach = max(self.height, self.width)
            while reach >= 1:
                moved = torch.randint(-reach, reach + 1, field.source.shape, generator=self.rng)
                tried = field.source + moved
                field = self._offered(patches, wanted, field, tried, self.usable(tried))
                reach //= 3
        return field

    def _beside(self, field: Field, down: int, right: int) -> tuple[Tensor, Tensor]:
        """Return what the source of one so far away suggests, and where that is a known patch."""
        step = torch.tensor([down, right])
        rows, columns = (self.places + step).unbind(1)
        inside = (rows >= 0) & (rows < self.height) & (columns >= 0) & (columns < self.width)
        number = self._at(self.number, rows, columns)
        tried = field.source.index_select(0, number.clamp(min=0)) - step
        return tried, inside & (number >= 0) & self.usable(tried)

    def _offered(self, patches: Tensor, wanted: Tensor, field: Field, tried: Tensor, fit: Tensor) -> Field:
        """Return the field with sources that were tried and are nearer."""
        chosen = fit.nonzero()[:, 0]
        cost = self._cost(patches, wanted.index_select(0, chosen), tried.index_select(0, chosen))
        nearer = cost < field.cost.index_select(0, chosen)
        better = chosen[nearer]
        return replace(
            field,
            source=field.source.index_copy(0, better, tried[better]),
            cost=field.cost.index_copy(0, better, cost[nearer]),
        )

    def _cost(self, patches: Tensor, wanted: Tensor, source: Tensor) -> Tensor:
        return (wanted - patches.index_select(0, self._flat(source))).square().sum(1)

    def _at(self, values: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        """Return (N,) of values (H, W) at places (N,), or at the nearest ones inside."""
        inside = rows.clamp(0, self.height - 1) * self.width + columns.clamp(0, self.width - 1)
        return values.flatten().index_select(0, inside)

    def _flat(self, places: Tensor) -> Tensor:
        return places[:, 0] * self.width + places[:, 1]


def _under_patches(marked: Tensor) -> Tensor:
    """Return (H, W) bool: where the patch around a pixel touches a marked one."""
    return functional.max_pool2d(marked[None, None].float(), SIDE, 1, RADIUS)[0, 0] > 0


def patches_of(image: Tensor) -> Tensor:
    """Return the patch around each pixel of (3, H, W): (H * W, 3 * SIDE * SIDE); edges are repeated."""
    edges = functional.pad(image[None], (RADIUS,) * 4, mode="replicate")
    return functional.unfold(edges, SIDE)[0].T.contiguous()
