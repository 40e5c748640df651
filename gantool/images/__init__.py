"""Pictures in and out: decoding, encoding, and cutting tensors from them.

The names are resolved when first used, so that `gantool.images.formats`, which a command line needs for its
options, costs neither NumPy nor Pillow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gantool.images.alpha import spread_colour
    from gantool.images.array_picture import ArrayPicture
    from gantool.images.decoding import decode
    from gantool.images.encoding import encode, encode_bytes
    from gantool.images.formats import ImageFormat
    from gantool.images.model import Decoded, Header, Metadata, with_pixels
    from gantool.images.probing import probe

__all__ = [
    "ArrayPicture",
    "Decoded",
    "Header",
    "ImageFormat",
    "Metadata",
    "decode",
    "encode",
    "encode_bytes",
    "probe",
    "spread_colour",
    "with_pixels",
]

# No module may be called as a function is: importing it would put it in the function's place.
_HOMES = {
    "ArrayPicture": "array_picture",
    "Decoded": "model",
    "Header": "model",
    "ImageFormat": "formats",
    "Metadata": "model",
    "decode": "decoding",
    "encode": "encoding",
    "encode_bytes": "encoding",
    "probe": "probing",
    "spread_colour": "alpha",
    "with_pixels": "model",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
