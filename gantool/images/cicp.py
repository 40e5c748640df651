"""Colours told by numbers (ITU-T H.273): PNG's cICP chunk, and the nclx of AVIF and HEIC.

They are needed where no ICC profile says what is meant: wide gamuts, and the curves of HDR (PQ, HLG).
"""

from __future__ import annotations

from gantool.images.model import Chunk, Metadata

_KIND = b"cICP"
_USUAL_PRIMARIES = frozenset({1, 2})
"""Of sRGB and BT.709; not stated."""
_USUAL_CURVES = frozenset({1, 2, 6, 13, 14, 15})
"""As above; that of BT.709 has a number in each standard."""


def chunks(primaries: int, curve: int) -> tuple[Chunk, ...]:
    """Return the chunk for RGB over its full range; none for what is taken for granted without."""
    if _is_usual(primaries, curve) or not (0 <= primaries < 256 and 0 <= curve < 256):
        return ()
    return (Chunk(_KIND, bytes((primaries, curve, 0, 1))),)


def stated(metadata: Metadata) -> tuple[int, int, bool] | None:
    """Return primaries, curve and whether the range is full, where they are not what is taken for granted."""
    data = next((chunk.data for chunk in metadata.chunks if chunk.kind == _KIND), b"")
    if len(data) != 4 or (_is_usual(data[0], data[1]) and data[3] == 1):
        return None
    return data[0], data[1], data[3] == 1


def _is_usual(primaries: int, curve: int) -> bool:
    return primaries in _USUAL_PRIMARIES and curve in _USUAL_CURVES
