"""One picture through one network, or through several in a row: colours, alpha, grey, 8 and 16 bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gantool.images import ArrayPicture, Decoded, spread_colour, with_pixels
from gantool.inference.engine import Engine
from gantool.inference.extras import ExtraPixels, extras_of_step
from gantool.inference.result import Progress, Report, Result, no_progress, part_of
from gantool.task import ALPHA, Picture, SeesAlpha

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

_BAND_PIXELS = 2**20
"""Of an enlarged alpha, how much is clipped at once."""


@dataclass(frozen=True)
class Layers:
    """Pixels (H, W, C), C 1 or 3, and alpha (H, W) or None, both uint8, both uint16 or both float32."""

    pixels: NDArray[Any]
    alpha: NDArray[Any] | None = None

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.pixels.shape[0])


def enhance_decoded(
    engine: Engine, picture: Decoded, extras: Mapping[str, Picture], progress: Progress = no_progress
) -> tuple[Decoded, Report]:
    """Return the enhanced picture, with the input's bits and metadata, and how it went.

    Errors as `Engine.enhance`.
    """
    layers, report = enhance_layers(engine, Layers(picture.pixels, picture.alpha), extras, progress)
    return with_pixels(picture, layers.pixels, layers.alpha), report


def enhance_in_row(
    engines: Sequence[Engine],
    layers: Layers,
    extras: Sequence[ExtraPixels] = (),
    progress: Progress = no_progress,
    candidate: int = 1,
) -> tuple[Layers, tuple[Report, ...]]:
    """Return what the last engine makes of what those before it made, and a report of each.

    Between two engines stands one array of the input's own number format: the result is that of running
    them one after another through lossless files. An input and an output of one engine are held at a time.

    Raises:
        ImageError: An extra does not fit the picture as it comes to the step that declared it.
        GantoolError: As `Engine.enhance`.
    """
    reports = []
    for index, engine in enumerate(engines):
        own = extras_of_step(extras, index, layers.width, layers.height)
        share = part_of(progress, index, len(engines))
        layers, report = enhance_layers(engine, layers, own, share, candidate)
        reports.append(report)
    return layers, tuple(reports)


def enhance_layers(
    engine: Engine,
    layers: Layers,
    extras: Mapping[str, Picture],
    progress: Progress = no_progress,
    candidate: int = 1,
) -> tuple[Layers, Report]:
    """Return the enhanced layers, in the input's number format, and how it went.

    Colours are spread under what is transparent first: no network is shown the arbitrary ones hidden there.
    Where the size stays, alpha is copied, and so is what it hides, but for what an enhancer that `SeesAlpha`
    makes opaque. Where it grows, alpha goes through the network as a grey picture of its own, and is kept
    from ringing. Errors as `Engine.enhance`.
    """
    alpha, kind = layers.alpha, layers.pixels.dtype
    scale = engine.enhancer.geometry.scale
    if alpha is None:
        result = engine.enhance(ArrayPicture(layers.pixels), extras, kind, progress, candidate)
        return Layers(result.pixels), result.report
    colours = ArrayPicture(_spread(layers.pixels, alpha))
    if scale == 1:
        shown = {**extras, ALPHA: ArrayPicture(alpha)} if isinstance(engine.enhancer, SeesAlpha) else extras
        result = engine.enhance(colours, shown, kind, progress, candidate)
        _keep_hidden(result, layers.pixels, alpha)
        return Layers(result.pixels, _with_opaque(alpha, result.opaque)), result.report
    if bool((alpha == alpha.flat[0]).all()):
        result = engine.enhance(colours, extras, kind, progress, candidate)
        return Layers(result.pixels, _constant(alpha, scale)), result.report
    result = engine.enhance(colours, extras, kind, part_of(progress, 0, 2), candidate)
    larger = engine.enhance(ArrayPicture(alpha), extras, kind, part_of(progress, 1, 2), candidate)
    grown = larger.pixels[..., 0]
    _keep_within(grown, alpha)
    return Layers(result.pixels, grown), result.report.joined(larger.report)


def _keep_within(grown: NDArray[Any], alpha: NDArray[Any]) -> None:
    """Clip, in place, an enlarged alpha to what stood within a pixel of each place in `alpha`.

    A network rings, also where nothing is: what was opaque or empty all around would become nearly so.

    Args:
        grown: (H * scale, W * scale).
        alpha: (H, W), of the same number format.
    """
    scale = grown.shape[0] // alpha.shape[0]
    rows = max(1, _BAND_PIXELS // grown.shape[1] // scale)
    padded = np.pad(alpha, 1, mode="edge")
    for top in range(0, alpha.shape[0], rows):
        seen = padded[top : top + rows + 2]
        band = grown[top * scale : (top + rows) * scale]
        least, most = (_of_neighbours(seen, pick) for pick in (np.minimum, np.maximum))
        np.clip(band, _repeated(least, scale), _repeated(most, scale), out=band)


def _of_neighbours(padded: NDArray[Any], pick: np.ufunc) -> NDArray[Any]:
    """Return (H, W): the least or the greatest of each 3 x 3 of (H + 2, W + 2)."""
    rows = pick(pick(padded[:-2], padded[1:-1]), padded[2:])
    picked: NDArray[Any] = pick(pick(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
    return picked


def _repeated(values: NDArray[Any], scale: int) -> NDArray[Any]:
    """Return each value as scale x scale."""
    return values.repeat(scale, axis=0).repeat(scale, axis=1)


def _keep_hidden(result: Result, pixels: NDArray[Any], alpha: NDArray[Any]) -> None:
    """Put back, in place, what stood under transparent pixels, but for those that became opaque."""
    hidden = alpha <= 0
    if result.opaque is not None:
        hidden &= ~result.opaque
    if hidden.any():
        np.copyto(result.pixels, pixels, where=hidden[..., None])


def _with_opaque(alpha: NDArray[Any] | None, opaque: NDArray[Any] | None) -> NDArray[Any] | None:
    """Return alpha, full where `opaque` says so."""
    if alpha is None or opaque is None:
        return alpha
    full = alpha.dtype.type(1 if alpha.dtype.kind == "f" else np.iinfo(alpha.dtype).max)
    made: NDArray[Any] = np.where(opaque, full, alpha)
    return made


def _spread(pixels: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """Return the pixels, with colours under what is transparent."""
    if pixels.dtype.kind != "f":
        return spread_colour(pixels, alpha)
    hidden = alpha <= 0
    if not hidden.any():
        return pixels
    # What is spread is a guess: 16 bits do for it. A faint pixel must not become a hole.
    levels = [(np.clip(part, 0, 1) * 65535).astype(np.uint16) for part in (pixels, alpha)]
    filled = spread_colour(levels[0], np.where(hidden, levels[1], np.maximum(levels[1], 1)))
    return np.where(hidden[..., None], filled.astype(np.float32) / 65535, pixels)


def _constant(alpha: NDArray[Any], scale: int) -> NDArray[Any]:
    """Return an alpha that is the same everywhere, larger."""
    height, width = alpha.shape
    return np.full((height * scale, width * scale), alpha.flat[0])
