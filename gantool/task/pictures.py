"""What the contract says of pictures: rectangles, what a network does to sizes, pixels on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gantool.errors import PluginError

if TYPE_CHECKING:
    from torch import Tensor


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
    largest feature map has for an input pixel; 0 stands for the widest layer's channels. `turnable` says
    that a mirrored or turned tile is as good as the tile, whatever its `box`: `--tta` averages over those.
    """

    scale: int = 1
    multiple_of: int = 1
    halo: int = 0
    exact: bool = True
    tileable: bool = True
    note: str = ""
    colours: bool = False
    features: int = 0
    turnable: bool = False

    def __post_init__(self) -> None:
        """Refuse sizes that no tile can be cut by, where the plugin states them.

        Raises:
            PluginError: one is no whole number, or too small.
        """
        for name, least in (("scale", 1), ("multiple_of", 1), ("halo", 0)):
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise PluginError(
                    f"Geometry.{name} is {value!r}", f"it is a whole number of pixels, {least} at least"
                )


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
