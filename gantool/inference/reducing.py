"""Results brought to a size: no larger than they are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gantool.images import spread_colour
from gantool.inference.outcome import Size
from gantool.inference.picture import Layers

if TYPE_CHECKING:
    from numpy.typing import NDArray


def size_within(width: int, height: int, longest: int | None) -> Size:
    """Return the size in pixels that has no side above `longest`, in proportion; as it is where it fits."""
    most = max(width, height)
    if longest is None or most <= longest:
        return Size(width, height)
    return Size(*(max(1, round(side * longest / most)) for side in (width, height)))


def within(layers: Layers, longest: int | None) -> Layers:
    """Return layers of uint8 or uint16, reduced by Lanczos's filter where a side is above `longest` pixels.

    What stands under transparent pixels is arbitrary: colours are spread there, so that no edge takes it in.
    """
    size = size_within(layers.width, layers.height, longest)
    if (size.width, size.height) == (layers.width, layers.height):
        return layers
    if layers.alpha is None:
        return Layers(_reduced(layers.pixels, size))
    colours = spread_colour(layers.pixels, layers.alpha)
    return Layers(_reduced(colours, size), _reduced(layers.alpha[..., None], size)[..., 0])


def _reduced(pixels: NDArray[Any], size: Size) -> NDArray[Any]:
    """Reduce (H, W, C), a channel at a time: Pillow has no pixels of three 16-bit samples."""
    made = np.empty((size.height, size.width, pixels.shape[2]), pixels.dtype)
    for channel in range(pixels.shape[2]):
        made[..., channel] = _reduced_channel(pixels[..., channel], size)
    return made


def _reduced_channel(channel: NDArray[Any], size: Size) -> NDArray[Any]:
    from PIL import Image

    deep = channel.dtype != np.uint8
    image = Image.fromarray(channel.astype(np.float32) if deep else np.ascontiguousarray(channel))
    small = np.asarray(image.resize((size.width, size.height), Image.Resampling.LANCZOS))
    return np.rint(np.clip(small, 0, np.iinfo(channel.dtype).max)) if deep else small
