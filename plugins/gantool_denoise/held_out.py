"""Held-out pictures of a training run: seeded noise, figures, a grid to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from gantool.train.data.items import PictureFile
from gantool.train.pool import to_tensor
from gantool.train.reading import read_rgb
from gantool_denoise.degrade import Sample
from gantool_denoise.mixture import photo
from gantool_denoise.networks import MULTIPLE_OF
from gantool_denoise.options import Kind

SIDE = 256
GRID_SIDE = 192
LEVELS = (15, 25, 50)


class HeldOut:
    """Centre crops at Gaussian levels of 15, 25 and 50, or spoiled as photos are; `names` group them."""

    def __init__(self, files: Sequence[PictureFile], kind: Kind, device: torch.device) -> None:
        cleans = [_centre(to_tensor(read_rgb(path))) for path in files]
        self.samples: list[Sample] = []
        self.names: list[str] = []
        for level in LEVELS if kind is Kind.gaussian else (0,):
            rng = torch.Generator().manual_seed(level)
            made = [white(clean, level, rng) if level else photo(clean, rng) for clean in cleans]
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
        """Return four rows of noisy, output and clean, cut to one size."""
        step = max(1, len(outputs) // 4)
        chosen = list(zip(outputs, self.samples, strict=True))[::step][:4]
        side = min(GRID_SIDE, *(min(output.shape[2:]) for output, _ in chosen))
        rows = [
            torch.cat([image[0, :, :side, :side] for image in (one.noisy.clamp(0, 1), output, one.clean)], 2)
            for output, one in chosen
        ]
        return torch.cat(rows, 1).cpu()


def white(clean: Tensor, level: float, rng: torch.Generator) -> Sample:
    """Return (1, 3, h, w) with white Gaussian noise of that level, of 255, not clipped."""
    noisy = clean + level / 255 * torch.randn(clean.shape, generator=rng)
    return Sample(noisy, torch.full((1, 1, 1, 1), level / 255), clean)


def _centre(picture: Tensor) -> Tensor:
    height, width = (min(side, SIDE) // MULTIPLE_OF * MULTIPLE_OF for side in picture.shape[1:])
    y, x = (picture.shape[1] - height) // 2, (picture.shape[2] - width) // 2
    return picture[None, :, y : y + height, x : x + width].float().div(255)
