"""The capability to enhance: images to images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, runtime_checkable

from gantool.task.pictures import Box, Geometry, Picture
from gantool.task.weight import LoadedWeight

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

EnhanceOptions = TypeVar("EnhanceOptions")

State = Any
"""What `prepare` found out about one picture; made and read by the plugin alone."""


ALPHA = "alpha"
"""The extra under which `prepare` finds the picture's own alpha, where the enhancer `SeesAlpha`."""


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


@runtime_checkable
class SeesAlpha(Protocol):
    """An enhancer that keeps sizes and is shown the picture's alpha, by `prepare`, as the extra `ALPHA`."""

    def opaque(self, state: State) -> NDArray[np.bool_] | None:
        """Return (H, W), True where the result is opaque whatever the input's alpha was; None for nowhere."""


@runtime_checkable
class Varied(Protocol):
    """An enhancer that has several answers for one picture."""

    def varied(self, candidate: int) -> Enhancer:
        """Return the enhancer that gives candidate 1, 2 ...; it shares `module`."""


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
    have the input's size, and with `fitted`, too, that one of another size is brought to it; a folder
    must then hold one for each input. `resized_by` is the option that asks for that, for whom one of another
    size is refused. `missing` and `remedy` are what is said where a required one is not given. `options` are
    the fields that say how it is read: one that is set where the extra is not given is refused.
    """

    name: str
    help: str
    aligned: bool = False
    grey: bool = False
    required: bool = False
    fitted: bool = False
    resized_by: str = ""
    missing: str = ""
    remedy: str = ""
    options: tuple[str, ...] = ()


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
    """Images to images. `weights` names the ids an option set needs; `build` gets them in that order.

    Several may be of several networks: each then has an architecture of its own on its card, by which
    `--weights FILE` finds the place of the one that a run exported.

    `extras` are declared, once; `extras_for` returns them as an option set wants them, where that changes
    whether they are required or fitted. `candidates` is how many results an option set asks for of each
    picture: the enhancer of more than one is `Varied`. `files` are those that the options themselves name and
    `build` reads: no result is written over them, and `--manifest` heeds what they hold.
    """

    options: type[EnhanceOptions]
    weights: Callable[[EnhanceOptions], tuple[str, ...]]
    build: Callable[[EnhanceOptions, Sequence[LoadedWeight]], Enhancer]
    extras: tuple[Extra, ...] = ()
    foreign: Foreign | None = None
    extras_for: Callable[[EnhanceOptions], tuple[Extra, ...]] | None = None
    candidates: Callable[[EnhanceOptions], int] = field(default=lambda _: 1)
    files: Callable[[EnhanceOptions], tuple[Path, ...]] = field(default=lambda _: ())

    def extras_of(self, options: EnhanceOptions) -> tuple[Extra, ...]:
        """Return the declared extras, as `options` want them."""
        return self.extras if self.extras_for is None else self.extras_for(options)
