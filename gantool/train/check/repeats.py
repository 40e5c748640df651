"""Pictures that are in a set twice, or in a training set and in a test set."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from gantool.errors import ImageError
from gantool.train.check.likeness import Floats, Match, alike, spectra
from gantool.train.check.looking import Facts, pixel_digest
from gantool.train.data.items import PictureFile

_SAME_PIXELS_FROM = 0.99
"""Pixels of pictures less alike than this are not compared: they differ."""

_Digest = Callable[[PictureFile], bytes]


@dataclass(frozen=True)
class Repeat:
    """`picture` shows what `other` shows; of exact repeats all pixels are equal."""

    picture: Facts
    other: Facts
    exact: bool
    likeness: float


def repeats(pictures: Sequence[Facts], tests: Sequence[Facts] | None = None) -> Iterator[Repeat]:
    """Yield each picture that repeats an earlier one, or one of `tests` if given: once, with the most alike.

    Of pictures without any structure at 16 x 16 pixels only exact repeats are found. A cut-out counts as
    another picture, unless only a narrow border is missing.
    """
    others = pictures if tests is None else tests
    ours = _spectra(pictures)
    found: dict[int, list[Match]] = defaultdict(list)
    for match in alike(ours, None if tests is None else _spectra(tests)):
        found[match.first].append(match)
    digest = cache(pixel_digest)
    for index, matches in sorted(found.items()):
        matches.sort(key=lambda match: (-match.likeness, match.second))
        yield _best(pictures[index], [(others[match.second], match.likeness) for match in matches], digest)
    flat = [picture for picture, spectrum in zip(pictures, ours, strict=True) if not spectrum.any()]
    yield from _flat_repeats(flat, tests, digest)


def _spectra(pictures: Sequence[Facts]) -> Floats:
    thumbnails = [picture.thumbnail for picture in pictures]
    return spectra(np.stack(thumbnails)) if thumbnails else spectra(np.zeros((0, 16, 16), np.uint8))


def _best(picture: Facts, candidates: Sequence[tuple[Facts, float]], digest: _Digest) -> Repeat:
    """Return the repeat of the candidate with equal pixels, or else of the first, which is most alike."""
    for other, likeness in candidates:
        if likeness >= _SAME_PIXELS_FROM and _equal(picture, other, digest):
            return Repeat(picture, other, exact=True, likeness=1.0)
    other, likeness = candidates[0]
    return Repeat(picture, other, exact=False, likeness=likeness)


def _flat_repeats(flat: Sequence[Facts], tests: Sequence[Facts] | None, digest: _Digest) -> Iterator[Repeat]:
    seen: dict[tuple[bytes, int, int], list[Facts]] = defaultdict(list)
    for test in tests or ():
        seen[_key(test)].append(test)
    for picture in flat:
        same = [other for other in seen[_key(picture)] if _equal(picture, other, digest)]
        if same:
            yield Repeat(picture, same[0], exact=True, likeness=1.0)
        elif tests is None:
            seen[_key(picture)].append(picture)


def _key(picture: Facts) -> tuple[bytes, int, int]:
    return picture.thumbnail.tobytes(), picture.width, picture.height


def _equal(one: Facts, other: Facts, digest: _Digest) -> bool:
    if (one.width, one.height) != (other.width, other.height):
        return False
    try:
        return digest(one.file) == digest(other.file)
    except ImageError:  # gone since it was looked at
        return False
