"""What the discriminator sees pictures through, so that it does not learn few of them by heart.

Both players' pictures, made and real, go through the same function. All of it is drawn for each sample from
torch's global generator of the pictures' device, computed in float32 and differentiable, once and twice.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.distributed as dist
import torch.nn.functional as functional
from torch import Tensor

from gantool.train.losses.resample import resample

GREY = 0.5
"""What is cut out or moved in; the papers' 0 of pictures in [-1, 1]."""

_SHIFT = 0.125
"""Largest translation in both papers, as a part of the side."""


def diff_augment(image: Tensor) -> Tensor:
    """Return `image` (N, C, H, W) in [0, 1] with colours, place and a part of it changed; same shape.

    DiffAugment (Zhao et al. 2020, "Differentiable Augmentation for Data-Efficient GAN Training"), its policy
    "color, translation, cutout", with the strengths of its release carried over from [-1, 1]: brightness
    +-0.25, saturation times 0 to 2, contrast times 0.5 to 1.5, translation by up to an eighth of each
    side, and a hole of half of each side.
    """
    bright = image.float() + _between(image, -0.25, 0.25)
    grey = bright.mean(1, keepdim=True)
    saturated = grey + (bright - grey) * _between(image, 0, 2)
    mean = saturated.mean((1, 2, 3), keepdim=True)
    contrasted = mean + (saturated - mean) * _between(image, 0.5, 1.5)
    return _cut_out(_translated(contrasted))


def adaptive_augment(image: Tensor, probability: float) -> Tensor:
    """Return `image` (N, C, H, W) in [0, 1], each kind of change made to each sample with `probability`.

    ADA (Karras et al. 2020, "Training Generative Adversarial Networks with Limited Data", appendix B), its
    pixel blits (flip, 90-degree turns, integer translation), isotropic scale, rotation, brightness, contrast,
    luma flip and saturation, in the paper's strengths. Not here: anisotropic scale, fractional translation,
    hue, filters, noise and cutout. All of the geometry is one bilinear resampling, mirrored at borders.
    """
    if probability <= 0:
        return image
    warped = _warped(image.float(), *_geometry(image, probability))
    return _recoloured(warped, probability)


class AdaptiveProbability:
    """ADA's controller of the augmentation's probability (Karras et al. 2020, section 3).

    r_t = E[sign(D(real))] tells how sure the discriminator is of the pictures it trains on: 0 where it cannot
    tell, 1 where it knows them by heart. Above `target` the probability rises, below it falls.
    """

    def __init__(self, target: float, speed: float, every: int = 4) -> None:
        """Start at probability 0.

        Args:
            target: of r_t, in (0, 1); 0.6 in the paper.
            speed: thousands of pictures in which the probability can go from 0 to 1; 500 in the paper.
            every: how many calls of `step` make one move.
        """
        self.probability = 0.0
        self._target, self._speed, self._every = target, speed, every
        self._steps = 0
        self._sums = torch.zeros(3)  # of mean signs, of calls, of pictures

    def update(self, real_logits: Tensor) -> None:
        """Take note of logits (N, ...) of real pictures as it saw them, without waiting for the device.

        They are counted from the border between real and made, which is 0.5 in the least-squares game.
        """
        seen = real_logits.detach().float().sign().mean()
        self._sums = self._sums.to(seen.device)
        self._sums[0] += seen
        self._sums[1] += 1

    def step(self, pictures: int) -> None:
        """Count `pictures` real ones, seen by this process since the last call, and move when it is time.

        Processes of a group call it together and keep one probability.
        """
        self._sums[2] += pictures
        self._steps += 1
        if self._steps < self._every:
            return
        if dist.is_available() and dist.is_initialized():
            dist.all_reduce(self._sums)
        signs, calls, seen = self._sums.tolist()
        if calls:
            sureness = signs / calls
            # Not the sign of the difference: logits that are not numbers move nothing.
            direction = (sureness > self._target) - (sureness < self._target)
            moved = self.probability + direction * seen / (1000 * self._speed)
            self.probability = min(1.0, max(0.0, moved))
        self._sums.zero_()
        self._steps = 0

    def state_dict(self) -> dict[str, Any]:
        """Return all that changes, as numbers and a tensor."""
        return {"probability": self.probability, "steps": self._steps, "sums": self._sums.clone()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from what `state_dict` returned."""
        self.probability = float(state["probability"])
        self._steps = int(state["steps"])
        self._sums = state["sums"].clone()


def _between(image: Tensor, low: float, high: float) -> Tensor:
    """Draw (N, 1, 1, 1) uniformly."""
    return low + (high - low) * torch.rand(len(image), 1, 1, 1, device=image.device)


def _normal(image: Tensor) -> Tensor:
    """Draw (N, 1, 1, 1) from the standard normal distribution."""
    return torch.randn(len(image), 1, 1, 1, device=image.device)


def _axes(image: Tensor) -> tuple[Tensor, Tensor]:
    """Return the pixels' rows (1, 1, H, 1) and columns (1, 1, 1, W)."""
    height, width = image.shape[2:]
    rows = torch.arange(height, device=image.device).view(1, 1, -1, 1)
    return rows, torch.arange(width, device=image.device).view(1, 1, 1, -1)


def _translated(image: Tensor) -> Tensor:
    """Move each sample by whole pixels, grey moving in."""
    moved = functional.pad(image, (1, 1, 1, 1), value=GREY)
    for dim, places in zip((2, 3), _axes(image), strict=True):
        largest = int(image.shape[dim] * _SHIFT + 0.5)
        shift = _between(image, -largest, largest + 1).floor().long()
        # Whatever lies outside is read from the grey border of one pixel.
        source = (places + 1 + shift).clamp(0, image.shape[dim] + 1)
        shape = [*moved.shape]
        shape[dim] = image.shape[dim]
        moved = moved.gather(dim, source.expand(shape))
    return moved


def _cut_out(image: Tensor) -> Tensor:
    """Cover half of each side by grey, at any place, also partly outside."""
    inside = torch.ones(1, dtype=torch.bool, device=image.device)
    for dim, places in zip((2, 3), _axes(image), strict=True):
        side = image.shape[dim]
        hole = (side + 1) // 2
        first = _between(image, 0, side + 1).floor() - hole // 2
        inside = inside & (places >= first) & (places < first + hole)
    return torch.where(inside, GREY, image)


def _across_and_down(image: Tensor) -> Tensor:
    """Return [width, height], filled in on the device: a copy from the host would hold it up."""
    return torch.cat([torch.full((1,), float(side), device=image.device) for side in image.shape[:1:-1]])


def _with(probability: float, drawn: Tensor, neutral: float) -> Tensor:
    """Keep what was drawn with `probability`, take the neutral value otherwise."""
    return torch.where(torch.rand_like(drawn) < probability, drawn, neutral)


def _geometry(image: Tensor, probability: float) -> tuple[Tensor, Tensor]:
    """Draw what leads from output to input pixels, counted from the centre: (N, 2, 2) and (N, 2)."""
    flip = _with(probability, 1 - 2 * _between(image, 0, 2).floor(), 1)
    quarter = _with(probability, _between(image, 0, 4).floor(), 0)
    angle = _with(probability, _between(image, -math.pi, math.pi), 0) + quarter * (math.pi / 2)
    scale = _with(probability, torch.exp2(0.2 * _normal(image)), 1)
    cosine, sine = (part.flatten() / scale.flatten() for part in (angle.cos(), angle.sin()))
    sides = _across_and_down(image)
    shifts = torch.cat([_between(image, -_SHIFT, _SHIFT) for _ in range(2)], 1).flatten(1)
    moves = torch.rand(len(image), 1, device=image.device) < probability
    matrix = torch.stack([cosine, -sine, sine, cosine], 1).view(-1, 2, 2)
    matrix[:, 0] *= flip.view(-1, 1)
    return matrix, torch.where(moves, (shifts * sides).round(), 0.0)


def _warped(image: Tensor, matrix: Tensor, shift: Tensor) -> Tensor:
    """Read each output pixel p, counted from the centre, at `matrix @ p + shift`."""
    # To affine_grid, a picture reaches from -1 to 1 on both axes.
    half = _across_and_down(image) / 2
    unit = torch.cat([matrix * half / half[:, None], (shift / half).unsqueeze(2)], 2)
    with torch.autocast(image.device.type, enabled=False):  # It would round the places to bf16.
        return resample(image, functional.affine_grid(unit, [*image.shape], align_corners=False))


def _recoloured(image: Tensor, probability: float) -> Tensor:
    """Change brightness, contrast, luma's sign and saturation around grey."""
    brightness = _with(probability, 0.1 * _normal(image), 0)
    contrast = _with(probability, torch.exp2(0.5 * _normal(image)), 1)
    luma_sign = _with(probability, 1 - 2 * _between(image, 0, 2).floor(), 1)
    saturation = _with(probability, torch.exp2(_normal(image)), 1)
    colours = (image - GREY + brightness) * contrast
    luma = colours.mean(1, keepdim=True)
    return GREY + luma * luma_sign + (colours - luma) * saturation
