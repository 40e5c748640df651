"""What is kept of the photograph and what is reached of the painting, as figures.

Features are those of the stored VGG16 (gantool/train/perceptual.py), each tap in units of its mean
activation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as functional
from torch import Tensor

from gantool.metrics import ssim
from gantool.train.losses.style import gram
from gantool.train.perceptual import Perceptual
from gantool_style_transfer.style_loss import edges

Features = dict[str, Tensor]

CONTENT_TAPS = ("relu3_3", "relu4_3")
PATCH_TAPS = ("relu2_2", "relu3_3")
PATCHES = 1500
"""As many are drawn of each picture."""


def edge_ssim(output: Tensor, photo: Tensor) -> float:
    """Return the SSIM of the Sobel magnitudes of brightness, of two pictures (1, C, H, W) in [0, 1]."""
    return ssim(edges(output), edges(photo))


def features(perceptual: Perceptual, image: Tensor) -> Features:
    """Return the taps of (1, C, H, W) in [0, 1], in units of their mean activation; grey is repeated."""
    taps = perceptual.taps(image.expand(-1, 3, -1, -1))
    return {name: tap / perceptual.tap_means[name] for name, tap in taps.items()}


def content_distance(output: Features, photo: Features) -> float:
    """Return the mean absolute difference at the deeper taps, place by place."""
    apart = [(output[name] - photo[name]).abs().mean() for name in CONTENT_TAPS]
    return float(torch.stack(apart).mean())


@dataclass(frozen=True)
class Manner:
    """How a picture is painted, wherever on it: each tap's Gram matrix, and seeded patches (PATCHES, 9 C)."""

    grams: tuple[Tensor, ...]
    patches: tuple[Tensor, ...]


def manner(seen: Features) -> Manner:
    """Return the manner of a picture by its features."""
    return Manner(tuple(gram(tap) for tap in seen.values()), tuple(_patches(seen[tap]) for tap in PATCH_TAPS))


def gram_distances(first: Manner, second: Manner) -> Tensor:
    """Return, for each tap, the Frobenius distance of the Gram matrices (Gatys et al. 2016), (T,)."""
    return torch.stack([(one - other).norm() for one, other in zip(first.grams, second.grams, strict=True)])


def patch_distance(first: Manner, second: Manner) -> float:
    """Return how far 3x3 patches of features are from the nearest of the other picture, both ways.

    1 minus the normalised correlation of Li and Wand 2016 (CVPR), the mean over taps, seeded patches, and
    both directions: each patch should be one of the painting's, and none of the painting's be missing.
    """
    found = []
    for ours, theirs in zip(first.patches, second.patches, strict=True):
        alike = ours @ theirs.T
        found += [1 - alike.amax(1).mean(), 1 - alike.amax(0).mean()]
    return float(torch.stack(found).mean())


def reached(made: Manner, photo: Manner, painting: Manner) -> tuple[float, float]:
    """Return what is left of the photograph's distances to the painting: of Gram matrices, and of patches.

    The former is the mean of the taps' shares, so that none of them outweighs the others. Both are NaN
    where the photograph is the painting, from which there is no distance to go.
    """
    before, patches_before = gram_distances(photo, painting), patch_distance(photo, painting)
    if patches_before == 0 or (before == 0).any():
        return math.nan, math.nan
    grams = gram_distances(made, painting) / before
    return float(grams.mean()), patch_distance(made, painting) / patches_before


def _patches(tap: Tensor) -> Tensor:
    """Return seeded 3x3 patches of features, (PATCHES, 9 C), each of length one."""
    height, width = (side - 2 for side in tap.shape[2:])
    rng = torch.Generator().manual_seed(0)
    places = torch.randint(height * width, (PATCHES,), generator=rng).tolist()
    cut = [tap[0, :, at // width : at // width + 3, at % width : at % width + 3].flatten() for at in places]
    return functional.normalize(torch.stack(cut), dim=1)
