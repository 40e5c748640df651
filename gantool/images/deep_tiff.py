"""TIFF above 8 bits a sample, which Pillow would cut down: header and pixels, by tifffile."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from gantool.errors import ImageError
from gantool.images import ifd
from gantool.images.tiff import are_bombs

_BITS_PER_SAMPLE = 258
_MOST_SAMPLES = 8
"""Per pixel: colours, alpha, and a few masks. A pixel may state 65535."""


def depth(stream: BinaryIO) -> int:
    """Return the first page's bits per sample (the most of any sample)."""
    layout, first = ifd.read_header(stream)
    data = ifd.read(stream, layout, first, 0).data(_BITS_PER_SAMPLE) or b""
    return max((ifd.number(data[at : at + 2], layout.order) for at in range(0, len(data), 2)), default=1)


def header(stream: BinaryIO) -> tuple[int, int, int, bool]:
    """Return width and height as stored, channels, and whether there is alpha."""
    import tifffile

    stream.seek(0)  # tifffile takes the current position for the start of the file.
    with tifffile.TiffFile(stream) as file:
        page: Any = file.pages[0]
        grey = page.photometric in (0, 1)
        return page.imagewidth, page.imagelength, 1 if grey else 3, _alpha_kind(page) is not None


def decode(stream: BinaryIO, name: str) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Decode a page above 8 bits to uint16: (H, W, C) and alpha (H, W), in the file's orientation.

    Raises:
        ImageError: for samples that are neither unsigned integers nor fractions in [0, 1], and for
            colour spaces other than grey and RGB.
    """
    import tifffile

    stream.seek(0)  # tifffile takes the current position for the start of the file.
    with tifffile.TiffFile(stream) as file:
        page: Any = file.pages[0]
        _check_shape(page, name)
        if page.photometric not in (0, 1, 2):
            raise _refused(name, f"its deep {page.photometric.name} colours are not supported")
        planes = page.asarray().reshape(page.shaped)[:, 0]  # (separate planes, H, W, samples)
        samples = planes[0] if len(planes) == 1 else np.moveaxis(planes[..., 0], 0, -1)
        whole = _to_uint16(samples, page.bitspersample, name)
    channels = 3 if page.photometric == 2 else 1
    if page.photometric == 0:
        whole[..., :1] = 65535 - whole[..., :1]
    alpha_kind = _alpha_kind(page)
    alpha = np.ascontiguousarray(whole[..., channels]) if alpha_kind else None
    pixels = np.ascontiguousarray(whole[..., :channels])
    if alpha is not None and alpha_kind == 1:
        pixels = _unassociated(pixels, alpha)
    return pixels, alpha


def _check_shape(page: Any, name: str) -> None:
    """Refuse, before memory is taken, all but one plane of a few samples in tiles no larger than itself.

    Nor may colour have fewer samples than colours.
    """
    width, height = page.imagewidth, page.imagelength
    too_large = page.is_tiled and are_bombs(page.tilewidth, page.tilelength, width, height)
    fitting = (3 if page.photometric == 2 else 1) <= page.samplesperpixel <= _MOST_SAMPLES
    if page.imagedepth != 1 or not fitting or too_large:
        raise _refused(name, f"it has {page.samplesperpixel} samples a pixel, or odd tiles or planes")


def _refused(name: str, why: str) -> ImageError:
    return ImageError(f"{name} cannot be used: {why}", "convert it to 16-bit RGB or grey in an image editor")


def _alpha_kind(page: Any) -> int | None:
    """Return 1 (associated) or 2 (unassociated) where the first extra sample is alpha."""
    kinds = page.extrasamples
    return int(kinds[0]) if kinds and int(kinds[0]) in (1, 2) else None


def _to_uint16(samples: NDArray[Any], bits: int, name: str) -> NDArray[Any]:
    """Bring samples to the full range of uint16."""
    if samples.dtype.kind == "f":
        if not (np.isfinite(samples).all() and samples.min() >= 0 and samples.max() <= 1):
            raise _refused(name, "its floating-point samples are not within 0 and 1")
        return np.rint(samples.astype(np.float64) * 65535).astype(np.uint16)
    if samples.dtype.kind != "u":
        raise _refused(name, f"its samples are {samples.dtype}")
    if bits == 16:
        return samples.astype(np.uint16, copy=False)
    full: NDArray[Any] = np.rint(samples.astype(np.float64) * (65535 / ((1 << bits) - 1)))
    return full.astype(np.uint16)


def _unassociated(pixels: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """Divide premultiplied colours by their alpha."""
    weight = np.maximum(alpha, 1).astype(np.float64)[..., None]
    divided: NDArray[Any] = np.rint(np.minimum(pixels * (65535 / weight), 65535))
    return divided.astype(np.uint16)
