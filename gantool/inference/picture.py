"""One decoded picture through the network: colours, alpha, grey, 8 and 16 bits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gantool.images import ArrayPicture, Decoded, spread_colour, with_pixels
from gantool.inference.engine import Engine
from gantool.inference.result import Progress, Report, no_progress
from gantool.task import Picture

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray


def enhance_decoded(
    engine: Engine, picture: Decoded, extras: Mapping[str, Picture], progress: Progress = no_progress
) -> tuple[Decoded, Report]:
    """Return the enhanced picture, with the input's bits and metadata, and how it went.

    Alpha is copied where the size stays; where it grows, alpha goes through the network as a grey
    picture of its own, and colours are spread under what is transparent first, so that no edge takes
    on the arbitrary colour that was hidden there. Errors as `Engine.enhance`.
    """
    alpha, kind = picture.alpha, picture.pixels.dtype
    if alpha is None or engine.enhancer.geometry.scale == 1:
        result = engine.enhance(ArrayPicture(picture.pixels), extras, kind, progress)
        return with_pixels(picture, result.pixels, alpha), result.report
    colours = ArrayPicture(spread_colour(picture.pixels, alpha))
    if bool((alpha == alpha.flat[0]).all()):
        result = engine.enhance(colours, extras, kind, progress)
        return with_pixels(
            picture, result.pixels, _constant(alpha, engine.enhancer.geometry.scale)
        ), result.report
    result = engine.enhance(colours, extras, kind, lambda share: progress(share / 2))
    larger = engine.enhance(ArrayPicture(alpha), extras, kind, lambda share: progress((1 + share) / 2))
    joined = result.report.joined(larger.report)
    return with_pixels(picture, result.pixels, larger.pixels[..., 0]), joined


def _constant(alpha: NDArray[Any], scale: int) -> NDArray[Any]:
    """Return an alpha that is the same everywhere, larger."""
    import numpy as np

    height, width = alpha.shape
    return np.full((height * scale, width * scale), alpha.flat[0])
