"""Contact sheets: crops at 100 %, a busy and a flat one of each picture, every method beside the original."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from nets import Pixels
from PIL import Image, ImageDraw, ImageFont

SIDE, GAP, HEAD, LEFT = 192, 4, 22, 90
PICTURES_PER_PAGE = 6


class Sheets:
    """Pages of crops, written to a folder as they fill."""

    def __init__(self, folder: Path, title: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._title = folder, title
        self._rows: list[tuple[str, Mapping[str, Pixels]]] = []
        self._pages = 0

    def add(self, name: str, pictures: Mapping[str, Pixels], clean: Pixels) -> None:
        """Add two rows of crops of the equally large `pictures`, by method."""
        for kind, (x, y) in places(clean):
            crops = {method: pixels[y : y + SIDE, x : x + SIDE] for method, pixels in pictures.items()}
            self._rows.append((f"{name}\n{kind}\n{x},{y}", crops))
        if len(self._rows) >= 2 * PICTURES_PER_PAGE:
            self.close()

    def close(self) -> None:
        """Write the page that is begun, if any."""
        if not self._rows:
            return
        self._pages += 1
        draw(self._rows).save(self._folder / f"{self._title}-{self._pages}.png")
        self._rows.clear()


def draw(rows: Sequence[tuple[str, Mapping[str, Pixels]]]) -> Image.Image:
    """Return a page: a row for each label, its crops under the names of the methods."""
    methods = list(rows[0][1])
    size = (LEFT + len(methods) * (SIDE + GAP), HEAD + len(rows) * (SIDE + GAP))
    page = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(14)
    for column, method in enumerate(methods):
        pen.text((LEFT + column * (SIDE + GAP), 2), method, "black", font)
    for row, (label, crops) in enumerate(rows):
        top = HEAD + row * (SIDE + GAP)
        pen.multiline_text((4, top), label, "black", font)
        for column, pixels in enumerate(crops.values()):
            page.paste(Image.fromarray(pixels), (LEFT + column * (SIDE + GAP), top))
    return page


def places(clean: Pixels) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the corners of the busiest and of the flattest crop, by the mean gradient."""
    grey = clean.mean(axis=2)
    busy = np.abs(np.diff(grey, axis=0))[:, :-1] + np.abs(np.diff(grey, axis=1))[:-1]
    height, width = grey.shape
    corners = [
        (x, y)
        for y in range(0, max(height - SIDE, 0) + 1, SIDE // 3)
        for x in range(0, max(width - SIDE, 0) + 1, SIDE // 3)
    ]
    ranked = sorted(corners, key=lambda at: float(busy[at[1] : at[1] + SIDE, at[0] : at[0] + SIDE].mean()))
    yield "busy", ranked[-1]
    yield "flat", ranked[0]
