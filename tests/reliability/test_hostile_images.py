"""Damaged files through header, decoding and encoding: a picture, or one line that names the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from gantool.errors import ImageError
from gantool.images import decode, encode_bytes, probe
from tests.reliability.mutants import Mutant, mutant

SEED = 9
MUTANTS = 150
MAX_PIXELS = 300_000


@pytest.mark.parametrize("part", range(10))
def test_a_mutant_is_a_picture_or_a_line(part: int, tmp_path: Path) -> None:
    for number in range(part, MUTANTS, 10):
        one = mutant(SEED, number)
        path = tmp_path / one.name
        path.write_bytes(one.content)
        check(path, one)
        assert path.read_bytes() == one.content


def check(path: Path, one: Mutant) -> None:
    refusal, picture = None, None
    try:
        probe(path)
        picture = decode(path, max_pixels=MAX_PIXELS)
    except ImageError as error:
        refusal = error
    if picture is None:
        assert refusal is not None
        assert str(path) in str(refusal), one
        assert refusal.remedy, one
        assert "\n" not in str(refusal), one
        return
    assert picture.width * picture.height <= MAX_PIXELS, one
    assert encode_bytes(picture, format="png", quality=90, strip_metadata=False), one


def test_the_same_seed_gives_the_same_files() -> None:
    assert [mutant(SEED, number).content for number in range(20)] == [
        mutant(SEED, number).content for number in range(20)
    ]
    assert mutant(SEED, 3) != mutant(SEED + 1, 3)
