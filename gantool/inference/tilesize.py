"""How large a tile should be: what fits in memory, and what runs fastest of that. Torch-free."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gantool.errors import Code, ImageError
from gantool.inference.tiling import cut, padded, with_halo
from gantool.task import Geometry

SMALLEST = 64
CANDIDATES = (128, 192, 256, 320, 384, 512, 640, 768, 1024, 1280, 1536, 2048, 3072, 4096)

# Measured with 48 and 64 channels of bf16 on two AVX-512 cores: the rate is flat until the feature maps
# of a tile of about 400 pixels leave the caches, then falls by a fifth whenever the side doubles.
CACHED_SIDE = 400
COST_PER_DOUBLING = 0.2
# Starting work costs about what eight more columns do (64-pixel tiles reach 0.89 of the best rate).
STARTING_COLUMNS = 8

# A GPU has no such edge; a tile of 1024 pixels keeps every unit of a large one busy.
GPU_STARTING_COLUMNS = 128

# Feature maps alive at once inside a convolution and its residual, with the allocator's slack.
LIVE_FEATURE_MAPS = 6
# The share of free memory tiles may plan with; the rest is for pictures, other programs and error.
MEMORY_SHARE = 0.5
# On a CPU no out-of-memory error may ever come (the system ends the program instead), and a tile has to
# leave room under the promise of one GiB besides the pictures.
CPU_MEMORY_LIMIT = 640 * 2**20


@dataclass(frozen=True)
class Machine:
    """What the choice needs to know: bytes free, GPU or not, and a network's bytes per input pixel."""

    free: int
    is_gpu: bool
    bytes_per_pixel: int

    def budget(self) -> int:
        """Return the bytes one tile may take."""
        share = int(self.free * MEMORY_SHARE)
        return share if self.is_gpu else min(share, CPU_MEMORY_LIMIT)

    def fits(self, pixels: int) -> bool:
        """Tell whether a read of so many input pixels fits."""
        return pixels * self.bytes_per_pixel <= self.budget()

    def check_whole(self, width: int, height: int, why: str) -> None:
        """Raise ImageError where a picture that must go through in one piece exceeds the free memory."""
        needed = width * height * self.bytes_per_pixel
        if needed > self.free:
            raise ImageError(
                f"{width} x {height} pixels in one piece would take {needed / 2**30:.1f} GiB of memory, "
                f"{self.free / 2**30:.1f} are free, and this network takes no tiles ({why or 'it says so'})",
                "reduce or cut the picture, or take other --weights",
                Code.MEMORY,
            )

    def cost(self, width: int, height: int) -> float:
        """Return the estimated time of one call, in input pixels at the best rate."""
        pixels = width * height
        side = math.sqrt(pixels)
        if self.is_gpu:
            return pixels * (1 + GPU_STARTING_COLUMNS / side)
        slower = COST_PER_DOUBLING * max(0.0, math.log2(side / CACHED_SIDE))
        return pixels * (1 + slower + STARTING_COLUMNS / side)


def choose_tile(width: int, height: int, geometry: Geometry, machine: Machine) -> int:
    """Return the tile size for a picture, or 0 for one piece.

    A geometry that is not exact goes through whole where that fits, whatever it costs. One that
    cannot be tiled always does.
    """
    whole = padded(width, height, geometry)
    in_one = machine.fits(whole.width * whole.height)
    if not geometry.tileable or (not geometry.exact and in_one):
        return 0
    sizes = [0] if in_one else []
    sizes += [tile for tile in CANDIDATES if geometry.multiple_of <= tile < max(whole.width, whole.height)]
    costs = {tile: _cost(width, height, tile, geometry, machine) for tile in sizes}
    best = min(costs, key=costs.__getitem__, default=0)
    if costs and math.isfinite(costs[best]):
        return best
    # Nothing fits by this estimate: begin with the smallest, the engine halves further if it must.
    return max(SMALLEST, geometry.multiple_of)


def _cost(width: int, height: int, tile: int, geometry: Geometry, machine: Machine) -> float:
    whole = padded(width, height, geometry)
    total = 0.0
    for core in cut(whole, tile, geometry.multiple_of):
        read = with_halo(core, whole, geometry).read
        if not machine.fits(read.width * read.height):
            return math.inf
        total += machine.cost(read.width, read.height)
    return total
