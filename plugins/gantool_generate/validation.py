"""How a run's generator is measured while it trains: distances that need no other network."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor
from torchvision.utils import make_grid

from gantool.task import Validation
from gantool_generate.config import GenerateConfig
from gantool_generate.networks.generator import Generator

COUNT = 1024
PATCH, PATCHES, PROJECTIONS = 7, 8, 128
GRID_COLUMNS, GRID_ROWS = 10, 10
_PART = 128


class HeldOut:
    """Fixed latents, fixed real pictures, and the sliced Wasserstein distance between what comes of both.

    Karras et al. 2018, "Progressive Growing of GANs", section 5: patches of 7 x 7 pixels, here of the
    picture at its side and at halves of it down to 16, projected on random directions; the figure is the
    mean over the sizes, times 1000.
    """

    def __init__(self, config: GenerateConfig, real: Tensor, device: torch.device) -> None:
        rng = torch.Generator().manual_seed(0)
        self.config = config
        self.latents = torch.randn(COUNT, config.latent, generator=rng).to(device)
        # As many of each class as of any other: a row of the grid is a latent's, a column a class's.
        classes = torch.arange(COUNT, device=device)
        self.classes = classes % config.classes if config.classes else None
        rows = torch.randperm(len(real), generator=rng)[:COUNT]
        self.real = real[rows.to(real.device)].to(device).float().div(255)

    def validate(self, generator: Generator) -> Validation:
        """Return the distance and a grid of samples."""
        made = self._made(generator)
        count = min(len(made), len(self.real))
        figures = {"swd": sliced_wasserstein(made[:count], self.real[:count])}
        columns = min(self.config.classes or GRID_COLUMNS, 16)
        grid = make_grid(made[: columns * GRID_ROWS], nrow=columns, padding=1)
        return Validation(figures, "swd", False, grid.expand(3, -1, -1).cpu())

    def _made(self, generator: Generator) -> Tensor:
        made = []
        for start in range(0, COUNT, _PART):
            part = slice(start, start + _PART)
            classes = None if self.classes is None else self.classes[part]
            made.append(generator(self.latents[part], classes).float().clamp(0, 1))
        return torch.cat(made)


def sliced_wasserstein(made: Tensor, real: Tensor) -> float:
    """Return the distance of two sets of as many pictures (N, C, H, W), times 1000, averaged over sizes."""
    rng = torch.Generator().manual_seed(1)
    distances = []
    while min(made.shape[2:]) >= 2 * PATCH:
        places = torch.randint(made.shape[2] - PATCH + 1, (PATCHES, 2), generator=rng).tolist()
        directions = torch.randn(PATCH**2 * made.shape[1], PROJECTIONS, generator=rng).to(made.device)
        directions = directions / directions.norm(dim=0)
        # A trainer validates under autocast, and bf16 would be coarser than what steps of a run differ by.
        with torch.autocast(made.device.type, enabled=False):
            one, other = ((_patches(images, places) @ directions).sort(0).values for images in (made, real))
        distances.append(float((one - other).abs().mean()))
        made, real = (functional.avg_pool2d(images, 2) for images in (made, real))
    return 1000 * sum(distances) / len(distances)


def _patches(images: Tensor, places: list[list[int]]) -> Tensor:
    cut = [images[:, :, y : y + PATCH, x : x + PATCH].flatten(1) for y, x in places]
    return torch.cat(cut)
