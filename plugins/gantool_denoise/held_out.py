"""Held-out pictures of a training run: seeded noise, figures, a grid to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from gantool.train.data.items import PictureFile
from gantool.train.held_out import grid_of, middle_of
from gantool_denoise.degrade import Sample
from gantool_denoise.mixture import PhotoShares, photo
from gantool_denoise.networks import MULTIPLE_OF
from gantool_denoise.train_options import Stage

SIDE = 256
LEVELS = (15, 25, 50)
PHOTOS = PhotoShares(cards=0)


class HeldOut:
    """Centre crops at Gaussian levels of 15, 25 and 50, or spoiled as photos are; `names` group them."""

    def __init__(self, files: Sequence[PictureFile], stage: Stage, device: torch.device) -> None:
        cleans = [middle_of(path, SIDE, MULTIPLE_OF) for path in files]
        self.samples: list[Sample] = []
        self.names: list[str] = []
        for level in LEVELS if stage is Stage.gaussian else (0,):
            rng = torch.Generator().manual_seed(level)
            made = [white(clean, level, rng) if level else photo(clean, rng, PHOTOS) for clean in cleans]
            self.samples += [
                Sample(one.noisy.to(device), one.sigma.to(device), one.clean.to(device)) for one in made
            ]
            self.names += [f"psnr_{level}" if level else "psnr_photo"] * len(made)

    def denoised(self, generator: nn.Module) -> list[Tensor]:
        """Return the generator's outputs (1, 3, h, w), clipped, with the levels told truly."""
        return [generator(one.noisy, one.sigma).float().clamp(0, 1) for one in self.samples]

    def figures(
        self, outputs: Sequence[Tensor], measure: Callable[[Tensor, Tensor], float]
    ) -> dict[str, float]:
        """Return the mean PSNR of each group, and `psnr`, the mean of those."""
        scores: dict[str, list[float]] = {}
        for name, output, sample in zip(self.names, outputs, self.samples, strict=True):
            scores.setdefault(name, []).append(measure(output, sample.clean))
        means = {name: sum(values) / len(values) for name, values in scores.items()}
        return {**means, "psnr": sum(means.values()) / len(means)}

    def grid(self, outputs: Sequence[Tensor]) -> Tensor:
        """Return rows of noisy, output and clean."""
        return grid_of(
            [(one.noisy, output, one.clean) for output, one in zip(outputs, self.samples, strict=True)]
        )


def white(clean: Tensor, level: float, rng: torch.Generator) -> Sample:
    """Return (1, 3, h, w) with white Gaussian noise of that level, of 255, not clipped."""
    noisy = clean + level / 255 * torch.randn(clean.shape, generator=rng)
    return Sample(noisy, torch.full((1, 1, 1, 1), level / 255), clean)
