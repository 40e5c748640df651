"""Distances between sets of images by their features, as torchmetrics computes them (extra `eval`)."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from gantool.errors import UsageError

SUBSETS, SUBSET = 50, 1000


@dataclass(frozen=True)
class SetDistances:
    """How far apart two sets are.

    `frechet` is that of Gaussians fitted to both (Heusel et al. 2017), 0 for equal sets; `kernel` the squared
    maximum mean discrepancy with a cubic kernel, over subsets (Binkowski et al. 2018). The latter's estimate
    has no bias, so that it lies on either side of 0 where the sets are alike, a little below for equal ones.
    """

    frechet: float
    kernel: float


class _Given(nn.Module):
    """Stands in the place of torchmetrics' feature network: what comes in are features already."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.num_features = count

    def forward(self, features: Tensor) -> Tensor:
        return features


def set_distances(real: Tensor, made: Tensor) -> SetDistances:
    """Compare features (M, F) with features (N, F); subsets are drawn from a fixed seed.

    Both are NaN where features are not numbers.

    Raises:
        UsageError: torchmetrics is not installed.
    """
    try:
        from torchmetrics.image.fid import FrechetInceptionDistance
        from torchmetrics.image.kid import KernelInceptionDistance
    except ImportError as failure:
        raise UsageError("torchmetrics is missing", 'pip install "gantool[eval]"') from failure
    if not (real.isfinite().all() and made.isfinite().all()):
        # LAPACK may end the process where an entry is no number (MKL does on some processors).
        return SetDistances(math.nan, math.nan)
    given = _Given(real.shape[1])
    subset = min(SUBSET, len(real), len(made))
    with warnings.catch_warnings():  # It remarks that it keeps features: that is what it is given.
        warnings.simplefilter("ignore", UserWarning)
        frechet: Any = FrechetInceptionDistance(feature=given)
        kernel: Any = KernelInceptionDistance(feature=given, subsets=SUBSETS, subset_size=subset)
    for metric in (frechet, kernel):
        metric.update(real.cpu(), real=True)
        metric.update(made.cpu(), real=False)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        mean, _ = kernel.compute()
    return SetDistances(max(float(frechet.compute()), 0.0), float(mean))
