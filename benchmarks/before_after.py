"""The README's picture: 100 % crops of photographs enlarged by bicubic and by gantool, side by side.

Its command, from the repository's root:

    python benchmarks/before_after.py --photos examples/photos --kinds robust,photo
        --crop cat.jpg:250,180 --crop bridge.jpg:250,350 -o docs/images/before-after.png
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SIDE, GAP, HEAD = 96, 8, 26


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--crop", action="append", required=True, metavar="NAME:X,Y")
    parser.add_argument("--scale", type=int, default=4)
    parser.add_argument("--kinds", default="photo", help="comma-separated")
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    kinds = arguments.kinds.split(",")
    rows = [row(arguments.photos, crop, arguments.scale, kinds) for crop in arguments.crop]
    labels = [f"bicubic x{arguments.scale}", *(f"gantool --kind {kind}" for kind in kinds)]
    sheet(rows, labels).save(arguments.output, optimize=True)


def row(photos: Path, crop: str, scale: int, kinds: list[str]) -> list[Image.Image]:
    """Return the crop enlarged by bicubic, then by each kind of weight."""
    name, place = crop.split(":")
    x, y = (int(value) for value in place.split(","))
    margin = 24  # more than the halo, so that the crop is what the whole photograph would give
    with Image.open(photos / name) as photo:
        piece = photo.convert("RGB").crop((x - margin, y - margin, x + SIDE + margin, y + SIDE + margin))
    inner = tuple(value * scale for value in (margin, margin, margin + SIDE, margin + SIDE))
    size = (piece.width * scale, piece.height * scale)
    results = [piece.resize(size, Image.Resampling.BICUBIC)]
    with tempfile.TemporaryDirectory() as folder:
        piece.save(Path(folder, "piece.png"))
        for kind in kinds:
            target = Path(folder, f"{kind}.png")
            options = ["--scale", str(scale), "--kind", kind, "-o", str(target)]
            command = [sys.executable, "-m", "gantool", "enhance", "superres", "piece.png", *options]
            subprocess.run(command, cwd=folder, check=True)
            results.append(Image.open(target).copy())
    return [result.crop(inner) for result in results]


def sheet(rows: list[list[Image.Image]], labels: list[str]) -> Image.Image:
    """Lay the crops out under their labels."""
    width, height = rows[0][0].size
    canvas = Image.new(
        "RGB",
        (len(labels) * (width + GAP) - GAP, HEAD + len(rows) * (height + GAP) - GAP),
        "white",
    )
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(16)
    for column, label in enumerate(labels):
        draw.text((column * (width + GAP) + 4, 4), label, fill="black", font=font)
    for index, crops in enumerate(rows):
        for column, crop in enumerate(crops):
            canvas.paste(crop, (column * (width + GAP), HEAD + index * (height + GAP)))
    return canvas


if __name__ == "__main__":
    main()
