"""The capability to sample: latents to images.

A sampler needs two methods. Drawing, grids, interpolation, walks and projection then work as they are; what
only the network can know (classes, truncation, its first layer, real images to compare with) is offered by
the small protocols below, each of which a sampler may leave out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, runtime_checkable

from gantool.task.weight import LoadedWeight

if TYPE_CHECKING:
    from torch import Tensor, nn

    from gantool.weights.card import Card

SampleOptions = TypeVar("SampleOptions")


class Sampler(Protocol):
    """A generative network ready to run.

    A latent is a float tensor of any shape that holds all that its image depends on, class included, and
    that may be moved along a line: between two of them, by a direction, or down a gradient. A network with
    a mapping in front of it shows what the mapping gives.
    """

    module: nn.Module
    """Everything with parameters; the core places it, and moves latents to where it lies."""

    def latents(self, numbers: Sequence[int], seed: int) -> Tensor:
        """Return a latent for each number, (N, ...); each depends on its number and the seed alone."""

    def __call__(self, latents: Tensor) -> Tensor:
        """Return images (N, C, H, W) in [0, 1], C 1 or 3; gradients pass through."""


@runtime_checkable
class Conditional(Protocol):
    """A sampler that draws what it is asked for: `--class`, `--augment`, `--edit class-A-B`."""

    def latents_of(self, classes: Sequence[int], numbers: Sequence[int], seed: int) -> Tensor:
        """Return as `latents` does, each of its class, an index into what `Sample.classes` names."""


@runtime_checkable
class Truncatable(Protocol):
    """A sampler that trades variety for typical images: `--truncation`."""

    truncation: float
    """What is drawn with where nothing is asked for; 1 leaves latents as they are."""

    def truncated(self, latents: Tensor, psi: float) -> Tensor:
        """Return latents moved to the middle: as they are at `psi` 1, all typical at 0."""


@runtime_checkable
class Factorisable(Protocol):
    """A sampler whose first layers say which directions change most (SeFa): `--edit sefa-K`."""

    def first_weights(self) -> Tensor:
        """Return the weights that multiply a latent, (rows, values of a latent)."""


@runtime_checkable
class Interpolable(Protocol):
    """A sampler between two of whose latents no straight line leads; without it, one does."""

    def between(self, first: Tensor, second: Tensor, at: float) -> Tensor:
        """Return latents (N, ...) between two batches: `first` at 0, `second` at 1."""


@dataclass(frozen=True)
class Labelled:
    """Real images as the network would make them, (N, C, H, W) uint8.

    `labels` (N,) are indices into `classes`, None where nothing is labelled.
    """

    images: Tensor
    labels: Tensor | None = None
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Features:
    """What images are compared by: a name for people, and what maps (N, C, H, W) in [0, 1] to (N, F)."""

    name: str
    of: Callable[[Tensor], Tensor]


@runtime_checkable
class Comparable(Protocol):
    """A sampler that reads real images and compares: `--augment`."""

    def real(self, data: Path) -> Labelled:
        """Return all images of what `--data` of its training takes, of the size that it makes."""

    def features(self, real: Labelled) -> Features:
        """Return what its images are compared by with these real ones."""


@dataclass(frozen=True)
class Sample(Generic[SampleOptions]):
    """Latents to images. `classes` reads the names of the classes off the weights' cards; none usually.

    `comparing` are the fields of the options that only `--augment`, which compares, heeds.
    """

    options: type[SampleOptions]
    weights: Callable[[SampleOptions], tuple[str, ...]]
    build: Callable[[SampleOptions, Sequence[LoadedWeight]], Sampler]
    classes: Callable[[Sequence[Card]], tuple[str, ...]] = field(default=lambda _: ())
    comparing: tuple[str, ...] = ()
