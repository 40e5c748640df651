"""A picture seen with the channels a network takes, and back again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gantool.errors import PluginError
from gantool.task import Box, Picture

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class GreyAsColour:
    """A grey picture repeated to three channels."""

    picture: Picture
    channels: int = 3

    @property
    def width(self) -> int:
        """Pixels."""
        return self.picture.width

    @property
    def height(self) -> int:
        """Pixels."""
        return self.picture.height

    def crop(self, box: Box) -> Tensor:
        """Return (1, 3, box.height, box.width), a view of one channel."""
        return self.picture.crop(box).expand(-1, self.channels, -1, -1)

    def reduced(self, longest: int) -> Tensor:
        """Return the whole picture, reduced, (1, 3, h, w)."""
        return self.picture.reduced(longest).expand(-1, self.channels, -1, -1)


@dataclass(frozen=True)
class Plane:
    """One channel of a colour picture, as a grey picture."""

    picture: Picture
    index: int
    channels: int = 1

    @property
    def width(self) -> int:
        """Pixels."""
        return self.picture.width

    @property
    def height(self) -> int:
        """Pixels."""
        return self.picture.height

    def crop(self, box: Box) -> Tensor:
        """Return (1, 1, box.height, box.width)."""
        return self.picture.crop(box)[:, self.index : self.index + 1]

    def reduced(self, longest: int) -> Tensor:
        """Return the whole picture, reduced, (1, 1, h, w)."""
        return self.picture.reduced(longest)[:, self.index : self.index + 1]


def views(picture: Picture, channels: int) -> tuple[Picture, ...]:
    """Return what a network of `channels` is run on: the picture, or each of its planes.

    Raises:
        PluginError: The network takes neither one channel nor three.
    """
    if channels not in (1, 3):
        raise PluginError(f"the network takes {channels} channels", "an enhancer takes 1 or 3")
    if picture.channels == channels:
        return (picture,)
    if channels == 3:
        return (GreyAsColour(picture),)
    return tuple(Plane(picture, index) for index in range(picture.channels))
