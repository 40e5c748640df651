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

    Colours count by their alpha: a faint shadow beside what is opaque would darken its edge else. What stands
    under transparent pixels is arbitrary: colours are spread there, for what stays transparent.
    """
    size = size_within(layers.width, layers.height, longest)
    if (size.width, size.height) == (layers.width, layers.height):
        return layers
    if layers.alpha is None:
        return Layers(_reduced(layers.pixels, size))
    alpha = _reduced(layers.alpha[..., None], size)[..., 0]
    colours = _reduced(spread_colour(layers.pixels, layers.alpha), size)
    if not (layers.alpha == layers.alpha.flat[0]).all():
        _weigh(colours, layers.pixels, layers.alpha)
    return Layers(colours, alpha)


def _weigh(reduced: NDArray[Any], pixels: NDArray[Any], alpha: NDArray[Any]) -> None:
    """Put into `reduced`, in place, the mean colours weighted by alpha, wherever there is any.

    So the result over any background is what the whole over that background is, reduced, but for what
    Lanczos's filter makes darker than black or lighter than white.
    """
    size = Size(reduced.shape[1], reduced.shape[0])
    weights = alpha.astype(np.float32)
    total = _resampled(weights, size)
    seen = total >= 0.5  # Of a level. Below, alpha rounds to none, and the quotient means nothing.
    for channel in range(pixels.shape[2]):
        sums = _resampled(pixels[..., channel] * weights, size)[seen]
        reduced[seen, channel] = np.rint(np.clip(sums / total[seen], 0, np.iinfo(pixels.dtype).max))


def _reduced(pixels: NDArray[Any], size: Size) -> NDArray[Any]:
    """Reduce (H, W, C), a channel at a time: Pillow has no pixels of three 16-bit samples."""
    made = np.empty((size.height, size.width, pixels.shape[2]), pixels.dtype)
    for channel in range(pixels.shape[2]):
        made[..., channel] = _reduced_channel(pixels[..., channel], size)
    return made


def _reduced_channel(channel: NDArray[Any], size: Size) -> NDArray[Any]:
    deep = channel.dtype != np.uint8
    small = _resampled(channel.astype(np.float32) if deep else np.ascontiguousarray(channel), size)
    return np.rint(np.clip(small, 0, np.iinfo(channel.dtype).max)) if deep else small


def _resampled(channel: NDArray[Any], size: Size) -> NDArray[Any]:
    """Return (H, W), float32 or uint8, in another size."""
    from PIL import Image

    image = Image.fromarray(channel)
    return np.asarray(image.resize((size.width, size.height), Image.Resampling.LANCZOS))
