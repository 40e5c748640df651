"""An ICC profile of what a PNG says of its colours in numbers (gAMA, cHRM), for formats that have no such.

(PNG, third edition, W3C 2025, sections 11.3.2.1 and 11.3.2.2; ICC.1:2001-04 for profiles of version 2.)
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

_USUAL_GAMMA = 1 / 2.2
_NEAR = 0.05
"""Relative: nearer to the usual gamma than this, decoders take it for that, as libpng does."""
_LEAST, _MOST = 0.1, 10.0
"""What is beyond is no gamma of a picture."""
_SRGB = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
"""White, red, green and blue, x and y of each, in the order of cHRM."""
_SAME = 0.005
_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

_Matrix = NDArray[np.float64]


def profile(chunks: Mapping[bytes, bytes], *, grey: bool) -> bytes | None:
    """Return a profile of the chunks by kind; None where they say what is meant without one, or nothing.

    A chunk that names the colour space (sRGB, cICP) counts before these numbers.
    """
    if b"gAMA" not in chunks or b"sRGB" in chunks or b"cICP" in chunks:
        return None
    gamma, points = _gamma(chunks[b"gAMA"]), _points(chunks.get(b"cHRM", b""))
    usual = abs(gamma / _USUAL_GAMMA - 1) <= _NEAR
    if not _LEAST <= gamma <= _MOST or (usual and (grey or points == _SRGB)):
        return None
    curve = b"curv" + struct.pack(">IIH", 0, 1, round(256 / gamma)) + bytes(2)
    if grey:
        return _written(b"GRAY", [(b"wtpt", _xyz(_D50)), (b"kTRC", curve)])
    columns = _columns(points)
    if columns is None:
        return None
    colours = [(kind, _xyz(columns[:, at])) for at, kind in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))]
    curves = [(kind, curve) for kind in (b"rTRC", b"gTRC", b"bTRC")]
    return _written(b"RGB ", [(b"wtpt", _xyz(_D50)), *colours, *curves])


def _gamma(data: bytes) -> float:
    """Return the exponent that made the samples; 0 where there is none."""
    return struct.unpack(">I", data)[0] / 100_000 if len(data) == 4 else 0.0


def _points(data: bytes) -> tuple[float, ...]:
    """Return the chromaticities; those of sRGB where there are none, or where they are nearly those."""
    if len(data) != 32:
        return _SRGB
    stated = tuple(value / 100_000 for value in struct.unpack(">8I", data))
    same = all(abs(one - other) <= _SAME for one, other in zip(stated, _SRGB, strict=True))
    return _SRGB if same else stated


def _columns(points: tuple[float, ...]) -> _Matrix | None:
    """Return XYZ of red, green and blue as columns, adapted to D50; None for points that make no colours."""
    pairs = np.array(points).reshape(4, 2)
    if not (pairs[:, 1] > 0).all():
        return None
    white, *others = np.column_stack((pairs, 1 - pairs.sum(axis=1))) / pairs[:, 1:]
    matrix = np.array(others).T
    if abs(np.linalg.det(matrix)) < 1e-6 or not (_BRADFORD @ white > 0).all():
        return None
    adapted = np.linalg.inv(_BRADFORD) @ np.diag(_BRADFORD @ _D50 / (_BRADFORD @ white)) @ _BRADFORD
    found: _Matrix = adapted @ (matrix * np.linalg.solve(matrix, white))
    return found if bool((np.abs(found) < 4).all()) else None


def _xyz(values: _Matrix) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))


def _written(space: bytes, tags: list[tuple[bytes, bytes]]) -> bytes:
    """Return a monitor's profile; the same colours give the same bytes."""
    name = b"PNG gamma\0"
    about = b"desc" + struct.pack(">II", 0, len(name)) + name + bytes(78)
    tags = [(b"desc", about), (b"cprt", b"text" + bytes(4) + b"None\0"), *tags]
    table, body, at = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for kind, data in tags:
        table += kind + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s6H4s",
        at + len(body),
        bytes(4),
        0x02400000,
        b"mntr",
        space,
        b"XYZ ",
        2020,
        1,
        1,
        0,
        0,
        0,
        b"acsp",
    )
    return head.ljust(68, b"\0") + _xyz(_D50)[8:] + bytes(48) + table + body
