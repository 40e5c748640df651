"""The capability to sample: latents to images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from gantool.task.weight import LoadedWeight

if TYPE_CHECKING:
    from torch import Tensor, nn

SampleOptions = TypeVar("SampleOptions")


class Sampler(Protocol):
    """A generative network ready to run."""

    module: nn.Module

    def latents(self, count: int, seed: int) -> Tensor:
        """Return `count` latents; the first k are the same for every count."""

    def __call__(self, latents: Tensor) -> Tensor:
        """Return images (N, C, H, W)."""


@dataclass(frozen=True)
class Sample(Generic[SampleOptions]):
    """Latents to images."""

    options: type[SampleOptions]
    weights: Callable[[SampleOptions], tuple[str, ...]]
    build: Callable[[SampleOptions, Sequence[LoadedWeight]], Sampler]
