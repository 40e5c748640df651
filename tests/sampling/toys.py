"""A generator whose images say which latents they were made of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from gantool.sampling.latents import normal_latents
from gantool.sampling.session import Session
from gantool.task import Features, Labelled

CLASSES = ("a", "b", "c")
CPU = torch.device("cpu")


class Plain:
    """Two numbers; the halves of an 8 x 8 image have the level of the first and of the second."""

    def __init__(self) -> None:
        self.module: nn.Module = nn.Identity()
        self.batches: list[int] = []

    def latents(self, numbers: Sequence[int], seed: int) -> Tensor:
        return normal_latents(numbers, seed, 2)

    def __call__(self, latents: Tensor) -> Tensor:
        self.batches.append(len(latents))
        halves = latents[:, :2].sigmoid()[:, None, None]
        return halves.repeat_interleave(4, 3).expand(-1, 1, 8, 8)


class Full(Plain):
    """The same with everything that a sampler may offer; a third number is the class."""

    truncation = 1.0

    def latents(self, numbers: Sequence[int], seed: int) -> Tensor:
        return self.latents_of([number % len(CLASSES) for number in numbers], numbers, seed)

    def latents_of(self, classes: Sequence[int], numbers: Sequence[int], seed: int) -> Tensor:
        beside = torch.tensor(classes, dtype=torch.float32)[:, None]
        return torch.cat((normal_latents(numbers, seed, 2), beside), 1)

    def truncated(self, latents: Tensor, psi: float) -> Tensor:
        return latents * torch.tensor([psi, psi, 1.0])

    def first_weights(self) -> Tensor:
        return torch.tensor([[0.0, -3.0, 0.0], [1.0, 0.0, 0.0]])

    def between(self, first: Tensor, second: Tensor, at: float) -> Tensor:
        return first if at < 0.5 else second

    def real(self, data: Path) -> Labelled:
        """Real images of class a and b are of latents near (-1, 0) and (1, 0), three of each."""
        spots = torch.tensor([[-1.0, 0.0], [-1.2, 0.2], [-0.8, -0.2], [1.0, 0.0], [1.2, 0.2], [0.8, -0.2]])
        images = self(spots).mul(255).round().byte()
        return Labelled(images, torch.tensor([0, 0, 0, 1, 1, 1]), ("a", "b"))

    def features(self, real: Labelled) -> Features:
        return Features("levels", lambda images: images[:, 0, 0, ::4])


def session(sampler: Any, **more: Any) -> Session:
    return Session("toy", sampler, CLASSES if isinstance(sampler, Full) else (), (), CPU, **more)
