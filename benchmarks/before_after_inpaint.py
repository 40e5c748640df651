"""The README's picture: a thing taken out of a photograph, and synthetic scratches repaired.

    python benchmarks/before_after_inpaint.py --photos examples/photos -o sheet.jpg
        --removed boat.jpg:150,240,300,200:190,292,190,46 --scratched nebula.jpg:100,200,300,200:1

A removed thing is NAME:X,Y,W,H:BOX with the crop that is shown and the box that is filled. A scratched
picture is NAME:X,Y,W,H:SEED; the seed draws the scratches, which `--mask-from scratches` is to find. Crops
are shown at twice their size, pixels repeated.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from before_after import sheet
from numpy.typing import NDArray
from PIL import Image, ImageDraw

ZOOM, FINE = 2, 4
SCRATCHES, SPECKS, PIECES = 7, 30, 14
MARK = (255, 0, 255)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--removed", required=True, metavar="NAME:X,Y,W,H:BOX")
    parser.add_argument("--scratched", required=True, metavar="NAME:X,Y,W,H:SEED")
    parser.add_argument("--kind", default="photo")
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    rows = [
        removed(arguments.photos, arguments.removed, arguments.kind),
        repaired(arguments.photos, arguments.scratched, arguments.kind),
    ]
    sheet(rows, ["given", "filled where it is marked", "gantool enhance inpaint"]).save(
        arguments.output, quality=86, optimize=True
    )


def removed(photos: Path, wanted: str, kind: str) -> list[Image.Image]:
    """Return the crop as it is, with the box marked, and filled."""
    name, crop, box = wanted.split(":")
    return row(Image.open(photos / name).convert("RGB"), crop, ["--box", box, "--kind", kind])


def repaired(photos: Path, wanted: str, kind: str) -> list[Image.Image]:
    """Return the crop with scratches, with what was found of them marked, and filled."""
    name, crop, seed = wanted.split(":")
    pixels = scratched(np.array(Image.open(photos / name).convert("RGB")), int(seed))
    flags = ["--mask-from", "scratches", "--dilate", "1", "--kind", kind]
    return row(Image.fromarray(pixels), crop, flags)


def row(given: Image.Image, crop: str, flags: list[str]) -> list[Image.Image]:
    """Run the command on a picture; what it changed is marked in the middle."""
    with tempfile.TemporaryDirectory() as folder:
        given.save(Path(folder, "given.png"))
        command = [sys.executable, "-m", "gantool", "enhance", "inpaint", "given.png", "-o", "made.png"]
        subprocess.run([*command, *flags], cwd=folder, check=True)
        made = np.array(Image.open(Path(folder, "made.png")))
    marked = np.array(given)
    marked[(made != marked).any(-1)] = MARK
    x, y, width, height = (int(value) for value in crop.split(","))
    shown = (given, Image.fromarray(marked), Image.fromarray(made))
    size = (width * ZOOM, height * ZOOM)
    return [each.crop((x, y, x + width, y + height)).resize(size, Image.Resampling.NEAREST) for each in shown]


def scratched(pixels: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """Return a photograph (H, W, 3) with thin bright and dark scratches and specks, as an old print has."""
    rng = np.random.default_rng(seed)
    height, width = pixels.shape[:2]
    made = pixels.astype(np.float64)
    for _ in range(SCRATCHES):
        marks = Image.new("L", (width * FINE, height * FINE))
        _scratch(ImageDraw.Draw(marks), rng, width, height)
        cover = np.asarray(marks.resize((width, height), Image.Resampling.BOX)) / 255
        level = rng.uniform(215, 250) if rng.random() < 0.7 else rng.uniform(5, 40)
        made += 0.92 * cover[..., None] * (level - made)
    result: NDArray[np.uint8] = np.rint(made).astype(np.uint8)
    return result


def _scratch(pen: ImageDraw.ImageDraw, rng: np.random.Generator, width: int, height: int) -> None:
    """Draw a long line that bends a little, and a few specks."""
    x, y = rng.uniform(0, FINE * width), rng.uniform(0, FINE * height / 3)
    angle = rng.normal(np.pi / 2, 0.5)
    line = [(x, y)]
    for _ in range(PIECES):
        angle += rng.normal(0, 0.06)
        x, y = x + 60 * FINE * np.cos(angle), y + 60 * FINE * np.sin(angle)
        line.append((x, y))
    pen.line(line, fill=255, width=int(rng.integers(FINE, 3 * FINE)))
    for _ in range(SPECKS // SCRATCHES):
        x, y, radius = rng.uniform(0, FINE * width), rng.uniform(0, FINE * height), rng.uniform(4, 9)
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


if __name__ == "__main__":
    main()
