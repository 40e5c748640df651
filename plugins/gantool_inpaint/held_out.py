"""Held-out pictures of a training run: seeded holes, figures, a grid to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gantool.metrics import psnr
from gantool.train.data.items import PictureFile
from gantool.train.held_out import grid_of, middle_of
from gantool_inpaint.masks import Shape, seeded_mask
from gantool_inpaint.networks import MULTIPLE_OF

SIDE = 256


@dataclass(frozen=True)
class Holed:
    """Clean pictures (N, 3, H, W) in [0, 1] and masks (N, 1, H, W), 1 in holes."""

    clean: Tensor
    mask: Tensor

    @property
    def holed(self) -> Tensor:
        """Return the pictures with nothing in their holes."""
        return self.clean * (1 - self.mask)


@dataclass(frozen=True)
class Trial:
    """Holes that are measured: their shape and the range of their share of the area."""

    shape: Shape
    least: float
    most: float

    @property
    def name(self) -> str:
        """Return the figure's name, such as `psnr_strokes_20`."""
        return f"psnr_{self.shape.value}_{round(100 * self.least)}"


TRIALS = (Trial(Shape.strokes, 0.2, 0.3), Trial(Shape.strokes, 0.4, 0.5), Trial(Shape.blobs, 0.1, 0.2))


class HeldOut:
    """Centre crops with brush strokes of 20-30 % and 40-50 %, and with blobs."""

    def __init__(self, files: Sequence[PictureFile], device: torch.device) -> None:
        cleans = [_square(middle_of(path, SIDE, MULTIPLE_OF)).to(device) for path in files]
        self.samples: list[Holed] = []
        self.names: list[str] = []
        for trial in TRIALS:
            self.samples += [Holed(clean, _mask(trial, clean, i)) for i, clean in enumerate(cleans)]
            self.names += [trial.name] * len(cleans)

    def filled(self, generator: nn.Module) -> list[Tensor]:
        """Return the generator's outputs (1, 3, h, w), clipped."""
        return [generator(one.holed, one.mask).float().clamp(0, 1) for one in self.samples]

    def figures(self, outputs: Sequence[Tensor]) -> dict[str, float]:
        """Return the mean PSNR in the holes of each trial and of all, and that of whole pictures."""
        scores: dict[str, list[float]] = {}
        for name, output, sample in zip(self.names, outputs, self.samples, strict=True):
            whole = psnr(output, sample.clean)
            # Nothing differs outside the holes, so that the hole's mean error is the picture's by its share.
            share = 10 * float(sample.mask.mean().log10())
            scores.setdefault("psnr", []).append(whole)
            scores.setdefault("psnr_hole", []).append(whole + share)
            scores.setdefault(name, []).append(whole + share)
        return {name: sum(values) / len(values) for name, values in scores.items()}

    def grid(self, outputs: Sequence[Tensor]) -> Tensor:
        """Return rows of holed, output and clean."""
        return grid_of(
            [(one.holed, output, one.clean) for output, one in zip(outputs, self.samples, strict=True)]
        )


def _square(picture: Tensor) -> Tensor:
    side = min(picture.shape[2:])
    return picture[:, :, :side, :side]


def _mask(trial: Trial, clean: Tensor, seed: int) -> Tensor:
    drawn = seeded_mask(trial.shape, clean.shape[3], seed, trial.least, trial.most)
    return torch.from_numpy(drawn)[None, None].to(clean)
