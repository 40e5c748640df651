"""The capability to train: networks, data and losses for the one trainer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

TrainOptions = TypeVar("TrainOptions")


@dataclass(frozen=True)
class TrainInputs:
    """Where a recipe finds its pictures.

    `memory` bounds, in bytes, what it may keep decoded. `backbone` is a stored VGG16 for perceptual
    distances, None for the one that `gantool weights backbone` keeps.
    """

    data: Path
    val: Path | None
    device: torch.device
    seed: int
    memory: int
    backbone: Path | None = None


Batch = Any
"""What `Recipe.batch` makes and the loss functions read; a dataclass of tensors of the plugin's own."""


@dataclass(frozen=True)
class Judgement:
    """What a discriminator says: logits of any shape (N, ...), and its features where it shows them.

    `places`, of the logits' shape, marks those that count where not all do: the same ones of made and of
    real images.
    """

    logits: Tensor
    features: tuple[Tensor, ...] = ()
    places: Tensor | None = None

    @property
    def counted(self) -> Tensor:
        """Return the logits that count: all of them, or, flat, those at `places`."""
        return self.logits if self.places is None else self.logits[self.places]

    @property
    def scores(self) -> Tensor:
        """Return (N,), what is said of each picture: the mean of its logits that count, 0 without any."""
        logits = self.logits.float().reshape(len(self.logits), -1)
        if self.places is None:
            return logits.mean(1)
        places = self.places.reshape(len(self.places), -1)
        return (logits * places).sum(1) / places.sum(1).clamp_min(1)


class Recipe(Protocol):
    """Networks, data and losses of one training run; the trainer owns everything else.

    The adversarial game, its regularisers and the losses between a made picture and its target belong to
    the trainer. A recipe says what is made, what it should pass for, and how a discriminator is asked.
    Its own losses are returned by name, not weighted, and hold no state. `rng` is the only source of
    randomness a batch may use: it is seeded from (seed, step), so that a resumed run sees the
    batches an uninterrupted one would.
    """

    generator: nn.Module
    discriminator: nn.Module | None

    def batch(self, size: int, part: slice, rng: torch.Generator) -> Batch:
        """Draw the global batch of `size` from `rng` and return its `part` (this process's share)."""

    def fake(self, generator: nn.Module, batch: Batch) -> Tensor:
        """Run the generator; called under autocast."""

    def real(self, batch: Batch) -> Tensor:
        """Return what `fake` should pass for; in a paired task its target, of the same shape."""

    def judge(self, discriminator: nn.Module, batch: Batch, image: Tensor) -> Judgement:
        """Ask the discriminator about `image`, which is `fake` or `real`, perhaps augmented."""

    def own_losses(self, batch: Batch, fake: Tensor, generator: nn.Module) -> Mapping[str, Tensor]:
        """Return the generator's losses that only this task has; an empty mapping where there are none."""

    def take_notes(self) -> Sequence[str]:
        """Return what is new since this was last asked: a line for each picture that could not be read.

        `CropPool` and `PairPool` have such lines, and one that names pictures that are too small for them.
        """

    def initialise(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
        """Start the generator from an exported or a foreign weight's tensors, float32 on the CPU.

        Layers whose name and shape match are taken over; the names of the others, or of their tensors, are
        returned, and behind them those of the given layers that the generator does not have
        (`gantool.networks.loading.strangers`).
        """

    def validate(self, generator: nn.Module) -> Validation:
        """Measure the (EMA) generator on held-out pictures."""

    def export(self, generator: nn.Module) -> Export:
        """Return what goes into the weight file: folded tensors and the facts only the plugin knows."""


@runtime_checkable
class Outlined(Protocol):
    """A recipe whose `export` takes long: it can say the facts without making the tensors.

    The trainer makes the card once before the first step, to see that it can be written; of other recipes
    it asks `export` for it.
    """

    def outline(self, generator: nn.Module) -> Export:
        """Return what `export` would, without tensors."""


@dataclass(frozen=True)
class Validation:
    """Figures by name, the one that picks the best checkpoint, and a grid (3, H, W) to look at."""

    figures: Mapping[str, float]
    best_by: str
    higher_is_better: bool
    grid: Tensor | None = None


@dataclass(frozen=True)
class Export:
    """`config` holds all that rebuilding `architecture` needs: loading never guesses."""

    id: str
    summary: str
    architecture: str
    config: Mapping[str, int | float | str | bool]
    tensors: Mapping[str, Tensor]
    licence: str


@dataclass(frozen=True)
class Train(Generic[TrainOptions]):
    """A recipe, and the settings that suit it (overridden by a TOML file, then by flags).

    `settings` are of the trainer, `game` of the adversarial game, `losses` weights by name. `own_losses` are
    the names that the recipe itself returns. In a `paired` task each made picture has a target of its
    shape, so that the losses between pictures (gantool/train/terms.py) can be asked for, too.
    `smallest_side` is that of the smallest training picture the options can use, in pixels. `fitted` are
    prefixes of the names of tensors that `Recipe.export` fits anew for each weight, such as `estimator.`:
    nothing lies half-way between two of them, so a blend takes those of the nearer weight. `judged_alone`
    is False where `Recipe.judge` sets a picture beside what its batch holds: `--augment`, which moves and
    colours the picture alone, is then refused.
    """

    options: type[TrainOptions]
    build: Callable[[TrainOptions, TrainInputs], Recipe]
    settings: Callable[[TrainOptions], Mapping[str, int | float | str]] = field(default=lambda _: {})
    losses: Callable[[TrainOptions], Mapping[str, float]] = field(default=lambda _: {})
    game: Callable[[TrainOptions], Mapping[str, int | float | str]] = field(default=lambda _: {})
    own_losses: tuple[str, ...] = ()
    paired: bool = True
    smallest_side: Callable[[TrainOptions], int] = field(default=lambda _: 1)
    fitted: tuple[str, ...] = ()
    judged_alone: bool = True
