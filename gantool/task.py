"""The contract between the core and a task plugin. Torch-free: `--help` imports this and no more.

Tensors are float32, RGB or grey, shape (N, C, H, W), values in [0, 1], unless said otherwise.
Options are frozen dataclasses whose fields are `Annotated[type, typer.Option(...)]` with a default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from gantool.weights.card import Card

EnhanceOptions = TypeVar("EnhanceOptions")
TrainOptions = TypeVar("TrainOptions")
SampleOptions = TypeVar("SampleOptions")
EvaluateOptions = TypeVar("EvaluateOptions")
Options = TypeVar("Options")


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels; `x`, `y` is its top left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Geometry:
    """What a network does to sizes; the core tiles by it.

    `halo` is the receptive field's radius in input pixels: a tile read with that margin gives the
    untiled result. `exact` is False, and `note` says why, where no halo can promise this (global
    operations); `tileable` is False where the picture must go through in one piece. With `colours` a grey
    picture comes out with the three channels that the network gives it. `features` is how many values the
    largest feature map has for an input pixel; 0 stands for the widest layer's channels.
    """

    scale: int = 1
    multiple_of: int = 1
    halo: int = 0
    exact: bool = True
    tileable: bool = True
    note: str = ""
    colours: bool = False
    features: int = 0


class Picture(Protocol):
    """A decoded picture, cut into tensors on demand so that a large one never stands whole in float."""

    @property
    def width(self) -> int:
        """Pixels."""

    @property
    def height(self) -> int:
        """Pixels."""

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (RGB); alpha is kept apart by the core."""

    def crop(self, box: Box) -> Tensor:
        """Return (1, C, box.height, box.width) in [0, 1], on the CPU; parts outside are reflected."""

    def reduced(self, longest: int) -> Tensor:
        """Return the whole picture, area-reduced so that no side is longer than `longest`."""


State = Any
"""What `prepare` found out about one picture; made and read by the plugin alone."""


@dataclass(frozen=True)
class KnownWeight:
    """A weight a plugin's author publishes. `path` is a file inside the plugin's package, if shipped."""

    id: str
    summary: str
    licence: str
    path: str = ""
    url: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class LoadedWeight:
    """A weight file in memory: what it is, its tensors, and where they came from."""

    id: str
    card: Card
    tensors: Mapping[str, Tensor]
    sha256: str
    path: Path


class Enhancer(Protocol):
    """A network ready to run, with its facts."""

    geometry: Geometry
    channels: int
    """Channels the network takes; grey pictures are repeated to 3 and averaged back by the core."""
    module: nn.Module
    """Everything with parameters, so that the core can place it and change its precision."""

    def prepare(self, whole: Picture, extras: Mapping[str, Picture]) -> State:
        """Look at the whole picture once: noise level, style statistics, where the holes are."""

    def describe(self, state: State) -> str:
        """Return what `prepare` found, for the picture's line and JSON; empty for nothing."""

    def regions(self, state: State) -> Sequence[Box] | None:
        """Return the only boxes to compute (the rest is copied), or None for the whole picture."""

    def __call__(self, image: Tensor, box: Box, state: State) -> Tensor:
        """Map a tile (1, C, h, w) read at `box` to (1, C, h * scale, w * scale)."""


@dataclass(frozen=True)
class GraphInput:
    """What a network takes besides the image; `shape` is that of one item, without the batch."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Graph:
    """What of an enhancer stands alone, tensors in and one image out: what an ONNX file holds.

    `network` is its dotted name in `Enhancer.module`, empty for the module itself, which the enhancer then
    calls as `self.module`. It takes an image (batch, channels, height, width), whose sides are multiples of
    the geometry's, and then `inputs`, (batch, *shape), with values in [0, 1].
    """

    network: str = ""
    inputs: tuple[GraphInput, ...] = ()


@runtime_checkable
class Exportable(Protocol):
    """An enhancer whose network can be exported, and run by another backend than torch."""

    graph: Graph


@dataclass(frozen=True)
class Extra:
    """A further picture a task needs, given by path: `--mask FILE|DIR`, `--style FILE`.

    With a folder, each input takes `NAME.*` or `NAME_<name>.*` from it. `aligned` means it must
    have the input's size.
    """

    name: str
    help: str
    aligned: bool = False
    grey: bool = False
    required: bool = False


class Purpose(Enum):
    """What a network of another project does, as far as a task can take it in its own one's place."""

    ENLARGE = "makes pictures larger"
    RESTORE = "makes pictures cleaner"
    FILL = "fills holes that a mask shows"


@dataclass(frozen=True)
class Foreign:
    """Which networks of other projects a task runs, given by `--weights FILE` without a card of ours.

    `scale` names the option that, where it is stated, must agree with the network's scale. Of the other
    options none has a meaning for such a network; one that is stated is refused. `mask` names the extra that
    shows the holes, white, where the purpose is to fill them.
    """

    purpose: Purpose
    scale: str = ""
    mask: str = ""


@dataclass(frozen=True)
class Enhance(Generic[EnhanceOptions]):
    """Images to images. `weights` names the ids an option set needs; `build` gets them in that order."""

    options: type[EnhanceOptions]
    weights: Callable[[EnhanceOptions], tuple[str, ...]]
    build: Callable[[EnhanceOptions, Sequence[LoadedWeight]], Enhancer]
    extras: tuple[Extra, ...] = ()
    foreign: Foreign | None = None


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
    """What a discriminator says: logits of any shape (N, ...), and its features where it shows them."""

    logits: Tensor
    features: tuple[Tensor, ...] = ()


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
        """Return a line for each picture that could not be read since this was last asked."""

    def initialise(self, tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
        """Start the generator from an exported or a foreign weight's tensors, float32 on the CPU.

        Layers whose name and shape match are taken over; the names of the others are returned.
        """

    def validate(self, generator: nn.Module) -> Validation:
        """Measure the (EMA) generator on held-out pictures."""

    def export(self, generator: nn.Module) -> Export:
        """Return what goes into the weight file: folded tensors and the facts only the plugin knows."""


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
    `smallest_side` is that of the smallest training picture the options can use, in pixels.
    """

    options: type[TrainOptions]
    build: Callable[[TrainOptions, TrainInputs], Recipe]
    settings: Callable[[TrainOptions], Mapping[str, int | float | str]] = field(default=lambda _: {})
    losses: Callable[[TrainOptions], Mapping[str, float]] = field(default=lambda _: {})
    game: Callable[[TrainOptions], Mapping[str, int | float | str]] = field(default=lambda _: {})
    own_losses: tuple[str, ...] = ()
    paired: bool = True
    smallest_side: Callable[[TrainOptions], int] = field(default=lambda _: 1)


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


@dataclass(frozen=True)
class Case:
    """One seeded test: what goes in, what should come out, and the extras `prepare` gets.

    Cases of one `group` (a noise level, say) get means of their own.
    """

    name: str
    degraded: Picture
    clean: Picture
    extras: Mapping[str, Picture] = field(default_factory=dict)
    group: str = ""


Metric = Callable[["Tensor", "Tensor", Case], float]
"""(output, clean, case) -> figure; both images (1, C, H, W), rounded to 8 bit unless the task says not."""


@dataclass(frozen=True)
class Evaluate(Generic[EvaluateOptions]):
    """How clean pictures become cases, and which figures count. `options` extends the Enhance options."""

    options: type[EvaluateOptions]
    cases: Callable[[EvaluateOptions, Path], Iterable[Case]]
    metrics: Callable[[EvaluateOptions], Mapping[str, Metric]]
    protocol: Callable[[EvaluateOptions], str]
    round_to_8_bit: bool = True


@dataclass(frozen=True)
class Task(Generic[EnhanceOptions, TrainOptions, SampleOptions, EvaluateOptions]):
    """A task is data, not a base class: a name, and up to four capabilities."""

    name: str
    summary: str
    enhance: Enhance[EnhanceOptions] | None = None
    train: Train[TrainOptions] | None = None
    sample: Sample[SampleOptions] | None = None
    evaluate: Evaluate[EvaluateOptions] | None = None
    known_weights: tuple[KnownWeight, ...] = ()


AnyTask = Task[Any, Any, Any, Any]
