"""How candidates differ: the network is shown the same picture otherwise each time.

The generator draws no random numbers; what differs is what it sees: the picture turned or mirrored, its
colour channels in another order, or its holes first filled from farther away. The search for patches, for
deep holes and for detail, has a seed. Candidate 1 is the plain one.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Variant:
    """Quarter turns, a mirror, an order of the channels, and how many times farther the first look is.

    The seed is that of the search for patches.
    """

    turns: int = 0
    mirrored: bool = False
    order: tuple[int, int, int] = (0, 1, 2)
    farther: int = 1
    seed: int = 0

    def shown(self, image: Tensor) -> Tensor:
        """Return what the network is shown of (N, C, H, W); masks keep their one channel."""
        turned = image.rot90(self.turns, (2, 3))
        turned = turned.flip(3) if self.mirrored else turned
        return turned[:, list(self.order)] if image.shape[1] == 3 else turned

    def back(self, image: Tensor) -> Tensor:
        """Return what the network made, as the picture lies."""
        ordered = image[:, [self.order.index(channel) for channel in range(3)]]
        ordered = ordered.flip(3) if self.mirrored else ordered
        return ordered.rot90(-self.turns, (2, 3))


VARIANTS = (
    Variant(),
    Variant(mirrored=True, farther=2, seed=1),
    Variant(turns=2, order=(2, 1, 0), seed=2),
    Variant(turns=1, farther=4, seed=3),
    Variant(turns=3, mirrored=True, order=(1, 2, 0), seed=4),
    Variant(turns=2, mirrored=True, order=(2, 0, 1), farther=2, seed=5),
    Variant(turns=3, order=(0, 2, 1), farther=4, seed=6),
    Variant(turns=1, mirrored=True, order=(1, 0, 2), seed=7),
)
"""By candidate, the first of them being 1."""
