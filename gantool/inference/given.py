"""Pictures as Python programs hold them, NumPy arrays and Pillow images, to layers and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gantool.errors import ImageError
from gantool.images.colour import fitting
from gantool.images.pillow import pixels as pixels_of
from gantool.images.samples import to_uint8
from gantool.inference.picture import Layers

_KINDS = (np.uint8, np.uint16, np.float32)
_KEPT = ("icc_profile", "exif", "dpi", "xmp")


class Form(ABC):
    """How a picture was given, and so how its result is returned."""

    @abstractmethod
    def back(self, layers: Layers) -> Any:
        """Return a result in this form."""


@dataclass(frozen=True)
class ArrayForm(Form):
    """An array; `dtype` and number of axes are kept."""

    dtype: np.dtype[Any]
    axes: int

    def back(self, layers: Layers) -> NDArray[Any]:
        """Return (H, W), or (H, W, C) with alpha as its last channel."""
        parts = [layers.pixels] + ([] if layers.alpha is None else [layers.alpha[..., None]])
        whole = np.concatenate(parts, axis=2) if len(parts) > 1 else layers.pixels
        whole = whole.astype(self.dtype, copy=False)
        return whole[..., 0] if self.axes == 2 and whole.shape[2] == 1 else whole


@dataclass(frozen=True)
class PillowForm(Form):
    """A Pillow image; what it says of its colours, resolution and making is kept."""

    info: dict[Any, Any]

    def back(self, layers: Layers) -> Image.Image:
        """Return an image of mode L, LA, RGB, RGBA, or I;16 for deep grey.

        Where a network makes deep grey colourful, it has 8 bits: Pillow has no deeper colours.
        """
        pixels = layers.pixels if layers.pixels.shape[2] == 1 else to_uint8(layers.pixels)
        image = Image.fromarray(ArrayForm(pixels.dtype, 2).back(Layers(pixels, layers.alpha)))
        image.info.update(self.info)
        if not fitting(self.info.get("icc_profile"), pixels.shape[2]):
            image.info.pop("icc_profile", None)  # One of grey makes a file of colours invalid.
        return image


def layers_of(picture: object, name: str = "the picture") -> tuple[Layers, Form]:
    """Return the layers of an image or array, and the form to give the result back in.

    Arrays are (H, W), or (H, W, C) with C 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGB, alpha); uint8 and
    uint16 over their full range, floats with 1 as white.

    Raises:
        ImageError: it is nothing of the kind.
    """
    if isinstance(picture, Image.Image):
        pixels, alpha, icc = pixels_of(picture, picture.info.get("icc_profile"), name)
        kept = {key: picture.info[key] for key in _KEPT if key in picture.info}
        return Layers(pixels, alpha), PillowForm({**kept, "icc_profile": icc} if icc else kept)
    if isinstance(picture, np.ndarray):
        return _of_array(picture, name)
    raise ImageError(f"{name} is {type(picture).__name__}", "give a path, a Pillow image or a NumPy array")


def _of_array(array: NDArray[Any], name: str) -> tuple[Layers, Form]:
    whole = array[..., None] if array.ndim == 2 else array
    if whole.ndim != 3 or whole.shape[2] not in (1, 2, 3, 4) or 0 in whole.shape:
        raise ImageError(f"{name} has the shape {array.shape}", "give (H, W) or (H, W, C), C from 1 to 4")
    values = whole.astype(np.float32) if whole.dtype.kind == "f" else whole
    if values.dtype not in _KINDS:
        raise ImageError(f"{name} is {array.dtype}", "give uint8, uint16, or floats from 0 to 1")
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ImageError(f"{name} holds values that are no numbers, or infinite", "give floats from 0 to 1")
    form = ArrayForm(array.dtype, array.ndim)
    if values.shape[2] in (1, 3):
        return Layers(values), form
    return Layers(values[..., :-1], values[..., -1]), form
