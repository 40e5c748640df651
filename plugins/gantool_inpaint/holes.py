"""Where the holes of a picture are: every source that marks them, united."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor

from gantool.errors import ImageError
from gantool.task import ALPHA, Box, Picture
from gantool_inpaint.distance import dilated
from gantool_inpaint.options import MASK, InpaintOptions
from gantool_inpaint.regions import areas, groups
from gantool_inpaint.scratches import find_scratches
from gantool_inpaint.sources import Colour, Found, Polygon, Sources, as_text

Holes = NDArray[np.bool_]
"""(H, W), True where there is something to fill."""

STRIP_PIXELS = 2**20
"""How much of a picture is looked at at once."""


def find_holes(whole: Picture, extras: Mapping[str, Picture], options: InpaintOptions) -> Holes:
    """Return what is to be filled, grown by `--dilate`.

    Raises:
        ImageError: alpha is to show the holes and there is none; nothing of what the mask shows is white; a
            box or polygon lies outside; or nothing is left to fill them from.
    """
    _check_inside(options.sources, whole)
    holes = np.zeros((whole.height, whole.width), np.bool_)
    if MASK.name in extras:
        white = _white(extras[MASK.name])
        holes |= ~white if options.invert_mask else white
    for source in options.sources.found:
        holes |= _found(source, whole, extras)
    for box in options.sources.boxes:
        holes[max(0, box.y) : max(0, box.y + box.height), max(0, box.x) : max(0, box.x + box.width)] = True
    for polygon in options.sources.polygons:
        holes |= _drawn(polygon, whole)
    holes = _dilated(holes, options.dilate)
    if holes.all():
        raise _all_marked(options, MASK.name in extras)
    return holes


def _drawn(polygon: Polygon, whole: Picture) -> Holes:
    """Return what a polygon marks; ImageError where that is nothing of the picture."""
    canvas = Image.new("L", (whole.width, whole.height))
    ImageDraw.Draw(canvas).polygon(polygon, fill=1)
    marked = np.array(canvas, np.bool_)
    if not marked.any():
        raise _outside(f'--polygon "{as_text(polygon)}"', whole)
    return marked


def _all_marked(options: InpaintOptions, masked: bool) -> ImageError:
    """Return what to raise where everything is to be filled."""
    grown = f" once it has grown by {options.dilate} pixels" if options.dilate else ""
    said = f"all of the picture is marked{grown}: nothing is left to fill it from"
    if not masked:
        return ImageError(said, "mark less of it")
    if options.invert_mask:
        return ImageError(said, "with --invert-mask black means fill; leave it out, or mark less")
    return ImageError(said, "white means fill; see --invert-mask")


def _white(mask: Picture) -> Holes:
    """Return what is white; a mask that shows something and has no white is not taken for an empty one."""
    white = _per_pixel(mask, lambda strip: strip[0] > 0.5)
    if not white.any():
        ends = [torch.aminmax(mask.crop(strip)) for strip in _strips(mask)]
        darkest, brightest = (float(min(end.min for end in ends)), float(max(end.max for end in ends)))
        if brightest > darkest:
            raise ImageError(
                f"nothing in the mask is white (its brightest is {255 * brightest:.3g} of 255)",
                "paint white where to fill, and black elsewhere",
            )
    return white


def find_hidden(whole: Picture, extras: Mapping[str, Picture]) -> Holes:
    """Return what is transparent altogether: what stands there is no part of the picture."""
    if ALPHA not in extras:
        return np.zeros((whole.height, whole.width), np.bool_)
    return _per_pixel(extras[ALPHA], lambda strip: strip[0] <= 0)


def _check_inside(sources: Sources, whole: Picture) -> None:
    """Raise ImageError for a box that marks nothing, so that none is taken for filled."""
    for box in sources.boxes:
        beside = box.x >= whole.width or box.x + box.width <= 0
        if beside or box.y >= whole.height or box.y + box.height <= 0:
            raise _outside(f"--box {box.x},{box.y},{box.width},{box.height}", whole)


def _outside(name: str, whole: Picture) -> ImageError:
    return ImageError(
        f"{name} lies outside of the picture ({whole.width} x {whole.height})",
        "x and y are pixels from its top left",
    )


def _found(source: Found | Colour, whole: Picture, extras: Mapping[str, Picture]) -> Holes:
    """Return what the picture itself marks, as it is seen: what is hidden has no colour and no scratch."""
    if source is Found.scratches:
        return find_scratches(whole) & ~find_hidden(whole, extras)
    if isinstance(source, Colour):
        return _per_pixel(whole, lambda strip: _is_colour(strip, source)) & ~find_hidden(whole, extras)
    if ALPHA not in extras:
        raise ImageError("the picture has no transparency for --mask-from alpha", "mark the holes otherwise")
    return _per_pixel(extras[ALPHA], lambda strip: strip[0] < 1)


def _is_colour(strip: Tensor, colour: Colour) -> Tensor:
    wanted = torch.tensor(colour.rgb, dtype=torch.float32).view(3, 1, 1)
    # Half a level of slack: a 16-bit picture rounds to the colour it shows in 8 bits.
    apart = (strip.expand(3, -1, -1) * 255 - wanted).abs().amax(0)
    return apart <= colour.tolerance + 0.5


def _per_pixel(picture: Picture, tell: Callable[[Tensor], Tensor]) -> Holes:
    """Return (H, W) of what `tell` says of strips (C, h, W)."""
    parts = [tell(picture.crop(strip)[0]).numpy() for strip in _strips(picture)]
    return np.concatenate(parts)


def _strips(picture: Picture) -> Iterator[Box]:
    rows = max(1, STRIP_PIXELS // picture.width)
    for top in range(0, picture.height, rows):
        yield Box(0, top, picture.width, min(rows, picture.height - top))


def _dilated(holes: Holes, pixels: int) -> Holes:
    """Return the holes grown on all sides; only what is near them is looked at."""
    if pixels == 0:
        return holes
    grown = holes.copy()
    height, width = holes.shape
    for area in (part for box in groups(holes) for part in areas(holes, box)):
        top, left = max(0, area.y - pixels), max(0, area.x - pixels)
        place = (
            slice(top, min(height, area.y + area.height + pixels)),
            slice(left, min(width, area.x + area.width + pixels)),
        )
        grown[place] |= dilated(torch.from_numpy(holes[place]), pixels).numpy()
    return grown
