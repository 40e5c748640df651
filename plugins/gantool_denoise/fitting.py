"""Fitting the level estimator to the degradations that a weight is trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from gantool.errors import ImageError
from gantool.train.data.items import PictureFile
from gantool.train.pool import to_tensor
from gantool.train.reading import read_rgb
from gantool_denoise.degrade import Sample
from gantool_denoise.estimate import SMALLEST_SIDE, LevelEstimator, statistics, target_of

SIDES = (160, 480)
STEPS = 1500
BATCH = 256
RATE = 3e-3

Degrade = Callable[[Tensor, torch.Generator], Sample]


def fit_estimator(
    files: Sequence[PictureFile], degrade: Degrade, draws: int, lean: float = 0.5, seed: int = 0
) -> LevelEstimator:
    """Return an estimator fitted on `draws` spoiled versions of each picture.

    `lean` is the quantile it finds where the level is uncertain: above 0.5 it rather says too much, since
    noise that stays is seen sooner than a little detail that goes.

    Seeded: the same pictures give the same estimator on one machine.
    """
    rng = torch.Generator().manual_seed(seed)
    pairs = [pair for path in files for pair in _drawn(path, degrade, draws, rng)]
    seen = torch.stack([features for features, _ in pairs])
    wanted = target_of(torch.stack([level for _, level in pairs]))
    with torch.enable_grad():
        return _fitted(seen, wanted, lean, rng)


def _fitted(seen: Tensor, wanted: Tensor, lean: float, rng: torch.Generator) -> LevelEstimator:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(1 << 30, (), generator=rng)))
        estimator = LevelEstimator()
    optimizer = torch.optim.Adam(estimator.parameters(), RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        chosen = torch.randint(len(seen), (BATCH,), generator=rng)
        short = wanted[chosen] - estimator.logarithm(seen[chosen])
        loss = torch.maximum(lean * short, (lean - 1) * short).mean()  # pinball loss, of quantile regression
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    return estimator.eval().requires_grad_(False)


def _drawn(
    path: PictureFile, degrade: Degrade, draws: int, rng: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield statistics and level of spoiled crops of a picture, at its size.

    There are none of one that is small, or that cannot be read: training, too, goes on without it.
    """
    try:
        picture = to_tensor(read_rgb(path))[None].float().div(255)
    except ImageError:  # told while the network was trained, which shall not have been in vain
        return
    if min(picture.shape[2:]) < SMALLEST_SIDE:
        return
    for _ in range(draws):
        sample = degrade(_crop(picture, rng), rng)
        yield statistics([sample.noisy]), sample.sigma.flatten()[0]


def _crop(picture: Tensor, rng: torch.Generator) -> Tensor:
    height, width = (_side(side, rng) for side in picture.shape[2:])
    y = int(torch.randint(picture.shape[2] - height + 1, (), generator=rng))
    x = int(torch.randint(picture.shape[3] - width + 1, (), generator=rng))
    return picture[..., y : y + height, x : x + width]


def _side(length: int, rng: torch.Generator) -> int:
    low, high = (min(length, bound) for bound in SIDES)
    return int(torch.randint(low, high + 1, (), generator=rng)) // 16 * 16
