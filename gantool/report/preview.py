"""What a page shows of one picture: a thumbnail, and as much at 100 % as its share of bytes holds."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from gantool.images import Decoded
from gantool.images.colour import as_srgb
from gantool.report.detail import detail_map, most_detailed

SHOWN = 400
"""Pictures of a page that get a preview; further ones are in its table alone."""
TOTAL = 10_000_000
"""Bytes of all previews; a third more in base64."""
_LARGEST = 1_200_000
"""Bytes of one picture's previews, however few there are."""
_THUMBNAIL = 224
"""Pixels of a thumbnail's longer side."""
_QUALITY = 84
_SMALLEST = 48
"""Pixels of the input below which a window is not shrunk."""
_LONGEST = 16383
"""Pixels of a side that WebP holds."""
_GUESS = 0.2
"""Bytes for each pixel, to begin with."""
_PAPER = (214, 214, 214)
"""What is under transparent parts."""


@dataclass(frozen=True)
class Coded:
    """An encoded picture: its media type, its bytes, its size in pixels."""

    kind: str
    content: bytes
    width: int
    height: int

    @property
    def uri(self) -> str:
        """The picture as a data URI."""
        return f"data:{self.kind};base64,{base64.b64encode(self.content).decode()}"


@dataclass(frozen=True)
class Window:
    """The part of a picture that is shown, in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Preview:
    """`window` is the part of the result, `width` x `height`, that the layers show.

    `layers` are the input, the result and perhaps the truth; the input keeps its own, smaller size.
    """

    thumbnail: Coded
    layers: tuple[Coded, ...]
    window: Window
    width: int
    height: int

    @property
    def is_whole(self) -> bool:
        """Whether the layers show all of the picture."""
        return (self.window.width, self.window.height) == (self.width, self.height)


def budget_for(count: int) -> int:
    """Return the bytes of one picture's previews in a page of `count` pictures."""
    return min(_LARGEST, TOTAL // max(1, min(count, SHOWN)))


def preview(before: Decoded, after: Decoded, budget: int, truth: Decoded | None = None) -> Preview:
    """Return a picture's preview in at most `budget` bytes (some more below 10 kB).

    Where the whole does not fit, it is a window where there is most to see. Colours are brought to sRGB,
    transparent parts lie over grey.

    Args:
        before: what went in.
        after: what came out, of any size; `before` is what is in it, smaller or as large.
        budget: in bytes.
        truth: what should have come out, of the size of `after`.
    """
    thumbnail = _thumbnail(after)
    pictures = (before, after) if truth is None else (before, after, truth)
    window, layers = _largest_fitting(pictures, budget - len(thumbnail.content))
    return Preview(thumbnail, layers, window, after.width, after.height)


_Try = tuple[Window, tuple[Coded, ...]]


def _largest_fitting(pictures: Sequence[Decoded], room: int) -> _Try:
    """Return the largest window found whose layers fit in `room`: its cost a pixel is known once tried."""
    before = pictures[0]
    detail = detail_map(before.pixels)
    smallest = min(1.0, _SMALLEST / min(before.width, before.height))
    pixels = sum(picture.width * picture.height for picture in pictures)
    share = _within(math.sqrt(max(room, 1) / (_GUESS * pixels)), smallest)
    best: tuple[float, _Try] | None = None
    for _ in range(7):
        tried = _coded(pictures, most_detailed(detail, share), share)
        spent = sum(len(layer.content) for layer in tried[1])
        if spent <= room or share <= smallest:
            best = (share, tried) if best is None or share > best[0] else best
            if share == 1.0 or share <= smallest or spent > 0.7 * room:
                break
        share = _within(share * math.sqrt(0.88 * room / spent), smallest)
    assert best is not None or share > smallest  # noqa: S101 - a share that is the smallest is taken
    return best[1] if best else _coded(pictures, most_detailed(detail, smallest), smallest)


def _within(share: float, smallest: float) -> float:
    # A window that leaves out a strip is worth less than the whole, a little coarser.
    return min(1.0, max(smallest, share))


def _coded(pictures: Sequence[Decoded], corner: tuple[float, float], share: float) -> _Try:
    """Return the window of the result, and the layers' parts there, coded."""
    before, after = pictures[0], pictures[1]
    across, down = after.width / before.width, after.height / before.height
    width = _shown_of(before.width, share, across)
    height = _shown_of(before.height, share, down)
    x = min(round(corner[0] * before.width), before.width - width)
    y = min(round(corner[1] * before.height), before.height - height)
    left, top = round(x * across), round(y * down)
    right, bottom = round((x + width) * across), round((y + height) * down)
    window = Window(left, top, max(1, right - left), max(1, bottom - top))
    parts = [_part(before, Window(x, y, width, height)), *(_part(one, window) for one in pictures[1:])]
    return window, tuple(_webp(part, _QUALITY) for part in parts)


def _shown_of(side: int, share: float, scale: float) -> int:
    """Return the pixels of a side that a window shows, `scale` times as many of them in the result."""
    longest = int((_LONGEST - 1) / max(1.0, scale))  # One less: both ends of the result's part are rounded.
    return max(1, min(round(side * share), longest))


def _part(picture: Decoded, window: Window) -> Image.Image:
    """Return a part of the picture as 8-bit sRGB."""
    rows = slice(window.y, window.y + window.height)
    columns = slice(window.x, window.x + window.width)
    return _shown(picture, rows, columns)


def _thumbnail(picture: Decoded) -> Coded:
    stride = max(1, max(picture.width, picture.height) // (4 * _THUMBNAIL))
    every = slice(None, None, stride)
    image = _shown(picture, every, every)
    image.thumbnail((_THUMBNAIL, _THUMBNAIL), Image.Resampling.BOX)
    return _webp(image, 68)


def _shown(picture: Decoded, rows: slice, columns: slice) -> Image.Image:
    pixels = picture.pixels[rows, columns]
    pixels = pixels if picture.bits == 8 else (pixels >> 8).astype("uint8")
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    image = as_srgb(image, picture.metadata.icc)
    if picture.alpha is None:
        return image
    alpha = picture.alpha[rows, columns]
    cover = Image.fromarray(alpha if picture.bits == 8 else (alpha >> 8).astype("uint8"))
    return Image.composite(image, Image.new("RGB", image.size, _PAPER), cover)


def _webp(image: Image.Image, quality: int) -> Coded:
    stream = io.BytesIO()
    image.save(stream, "WEBP", quality=quality, method=3)
    return Coded("image/webp", stream.getvalue(), image.width, image.height)
