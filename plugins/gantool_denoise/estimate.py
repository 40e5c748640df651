"""How noisy a picture is: statistics of its finest details, read by a small perceptron.

White noise is what remains in the flattest blocks' diagonal details (Donoho and Johnstone 1994; Pyatykh et
al. 2013 on why the flattest). Cameras and JPEG correlate noise, and clipping cuts it, so the relation
between those statistics and the level is learned from the very degradations that a weight is trained on.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from gantool.task import Box, Picture

TILE = 128
MOST_TILES = 10
QUANTILES = (0.02, 0.1, 0.25, 0.5, 0.75)
ENOUGH_BLOCKS = 16
SMALLEST_SIDE = 32
"""Pictures with a shorter side are reflected up to this one."""

_CHANNELS, _SCALES, _SHARES = 3, 3, 5
FEATURES = _CHANNELS * _SCALES * len(QUANTILES) + _SHARES
_FLOOR = 0.25 / 255
_STEP = 0.5 / 255
_SPOILED = 0.1


class LevelEstimator(nn.Module):
    """Statistics (N, FEATURES) to noise levels (N,), of the picture's unit (1 is white)."""

    def __init__(self, hidden: int = 48) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(FEATURES, hidden), nn.GELU(), nn.Linear(hidden, hidden), nn.GELU(), nn.Linear(hidden, 1)
        )

    def logarithm(self, statistics: Tensor) -> Tensor:
        """Return log(level + 1/510), (N,): what the perceptron is fitted to."""
        output: Tensor = self.layers(statistics)
        return output[:, 0]

    def forward(self, statistics: Tensor) -> Tensor:
        """Return the levels, not below 0."""
        return (self.logarithm(statistics).exp() - _STEP).clamp_min(0)


def target_of(level: Tensor) -> Tensor:
    """Return what `logarithm` should say of a level."""
    return (level + _STEP).log()


def statistics_of(picture: Picture, alpha: Picture | None = None) -> Tensor:
    """Return the statistics (FEATURES,) of a picture, from at most 10 tiles spread evenly over it.

    Where `alpha` hides something, they are of what is seen: what stands under it is no camera's.
    """
    if alpha is None:
        return statistics([picture.crop(box) for box in spread(picture.width, picture.height)])
    boxes = _seen(alpha)
    hidden = [alpha.crop(box) <= 0 for box in boxes]
    tiles = [picture.crop(box) for box in boxes]
    return statistics(tiles, hidden if any(bool(each.any()) for each in hidden) else None)


def _seen(alpha: Picture) -> tuple[Box, ...]:
    """Return tiles as `spread`, but of those of which alpha shows most where it hides something."""
    every = spread(alpha.width, alpha.height, alpha.width * alpha.height)
    shares = [float((alpha.crop(box) > 0).float().mean()) for box in every]
    if min(shares) == 1:
        return spread(alpha.width, alpha.height)
    good = [box for box, share in zip(every, shares, strict=True) if share >= max(shares) / 2]
    count = min(MOST_TILES, len(good))
    return tuple(good[index * len(good) // count] for index in range(count))


def spread(width: int, height: int, most: int = MOST_TILES) -> tuple[Box, ...]:
    """Return tiles that cover a small picture, or that are spread over a large one; sides divide by 16."""
    across, down = (max(1, -(-side // TILE)) for side in (width, height))
    while across * down > most:
        across, down = max(1, across - (across >= down)), max(1, down - (down > across))
    tile_width, tile_height = (min(TILE, max(SMALLEST_SIDE, side // 16 * 16)) for side in (width, height))
    columns, rows = _starts(width, tile_width, across), _starts(height, tile_height, down)
    return tuple(Box(x, y, tile_width, tile_height) for y in rows for x in columns)


def statistics(tiles: Sequence[Tensor], hidden: Sequence[Tensor] | None = None) -> Tensor:
    """Return the statistics of tiles (1, 3, h, w) of one picture; their sides are multiples of 16.

    `hidden`, (1, 1, h, w) bool for each tile, are pixels that do not count.

    Quantiles, over the blocks that are hardly clipped, of the logarithm of each block's diagonal detail, for
    three opponent colours at three scales; the shares of values at either end or beyond, and of those
    beyond, which tell clipped noise from what is not; mean and spread.
    """
    blocks = [_blocks(tile.float()) for tile in tiles]
    shares = torch.cat([share for _, share in blocks])
    details = torch.cat([detail for detail, _ in blocks], 1)
    if hidden is not None:
        seen = _least_hidden(hidden)
        shares, details = shares[seen], details[:, seen]
    kept = shares <= max(_SPOILED, float(shares.quantile(0.2)))
    quantiles = torch.tensor(QUANTILES, device=shares.device)
    spread_of_details = details[:, kept].quantile(quantiles, dim=1)
    values = torch.cat([tile.float().flatten() for tile in tiles])
    if hidden is not None:
        shown = torch.cat([~each.expand_as(tile).flatten() for each, tile in zip(hidden, tiles, strict=True)])
        values = values[shown] if shown.any() else values
    shares_of_values = [
        (values <= _STEP).float().mean(),
        (values >= 1 - _STEP).float().mean(),
        ((values < -_STEP) | (values > 1 + _STEP)).float().mean(),
    ]
    moments = [values.mean(), values.std()]
    return torch.cat((spread_of_details.T.flatten(), torch.stack([*shares_of_values, *moments])))


def _least_hidden(hidden: Sequence[Tensor]) -> Tensor:
    """Return which blocks count, (blocks,) bool: the wholly seen ones, and others where these are few.

    What is spread under transparent pixels has no noise, and the flattest blocks say most. One of which most
    is hidden counts only where there is no better one.
    """
    shares = torch.cat([_pooled(each.float(), 16).flatten() for each in hidden])
    enough = shares.kthvalue(min(ENOUGH_BLOCKS, len(shares))).values
    return shares <= enough.clamp(max=max(0.5, float(shares.min())))


def _starts(length: int, tile: int, count: int) -> list[int]:
    """Return `count` even starts, on even pixels so that the Bayer mosaic and JPEG blocks stay in phase."""
    room = max(0, length - tile)
    return [round(room * index / max(1, count - 1)) // 8 * 8 for index in range(count)]


def _blocks(tile: Tensor) -> tuple[Tensor, Tensor]:
    """Return log details (channels * scales, blocks of 16 x 16), and each block's share of clipped values."""
    opponent = torch.einsum("ij,njhw->nihw", _OPPONENT.to(tile), tile)
    fine, rest = _haar(opponent)
    middle, rest = _haar(rest)
    coarse, _ = _haar(rest)
    energies = torch.cat((_pooled(fine**2, 8), _pooled(middle**2, 4), _pooled(coarse**2, 2)), 1)
    clipped = ((tile <= _STEP) | (tile >= 1 - _STEP)).float().mean(1, keepdim=True)
    details = 0.5 * (energies + _FLOOR**2).log()
    return details[0].flatten(1), _pooled(clipped, 16).flatten()


def _haar(image: Tensor) -> tuple[Tensor, Tensor]:
    """Return diagonal details and averages of one orthonormal Haar step: white noise keeps its level."""
    a, b = image[..., ::2, ::2], image[..., ::2, 1::2]
    c, d = image[..., 1::2, ::2], image[..., 1::2, 1::2]
    return (a - b - c + d) / 2, (a + b + c + d) / 2


def _pooled(image: Tensor, side: int) -> Tensor:
    return functional.avg_pool2d(image, side)


_OPPONENT = torch.tensor(
    [[3**-0.5, 3**-0.5, 3**-0.5], [2**-0.5, 0.0, -(2**-0.5)], [6**-0.5, -2 * 6**-0.5, 6**-0.5]]
)
