"""Pages of pictures, made for tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gantool.images import Decoded
from gantool.report.gallery import Column, Entry, Report, Stage, Trouble, Weight
from gantool.report.preview import Preview, budget_for, preview


def noisy(width: int, height: int, seed: int = 0) -> Decoded:
    """What compresses badly: a gradient under noise."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(0, 160, width)[None, :, None]
    return Decoded((ramp + rng.integers(0, 90, (height, width, 3))).astype(np.uint8))


def made(count: int = 1, seed: int = 0, size: tuple[int, int] = (320, 240), scale: int = 2) -> Preview:
    """The preview of a picture and its double in a page of `count`."""
    before = noisy(*size, seed)
    after = Decoded(before.pixels.repeat(scale, 0).repeat(scale, 1))
    return preview(before, after, budget_for(count))


def report(previews: Sequence[Preview | None], word: str = "photo") -> Report:
    """A report whose words all hold `word`."""
    entries = tuple(
        Entry(f"{word}-{index}.png", word, (index * 1.5, None), (word,), one)
        for index, one in enumerate(previews)
    )
    weight = Weight(word, (("sha256", "0" * 64), ("licence", word)))
    return Report(
        kicker=word,
        title=word,
        headline=((word, "3", word),),
        columns=(Column("Time", "s"), Column("PSNR-Y", digits=4)),
        entries=entries,
        failed=(Trouble(word, f"{word}.png is damaged; give another"),),
        skipped=(Trouble(word, "exists"),),
        stages=(Stage(word, ((word, word),), (weight,)),),
        environment=(("command", word),),
        footer=word,
    )
