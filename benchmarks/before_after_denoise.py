"""The README's picture: crops of photographs with simulated camera noise, before and after `enhance denoise`.

    python benchmarks/before_after_denoise.py --photos examples/photos --crop cat.jpg:330,170:5 \
        --crop bridge.jpg:330,330:10 -o docs/images/before-after-denoise.png

A crop is NAME:X,Y:SEED; the seed draws the simulated camera. Crops are shown twice as large, pixels repeated.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from before_after import sheet
from PIL import Image

from gantool_denoise.cases import through_camera

WIDTH, HEIGHT, ZOOM = 192, 144, 2


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--crop", action="append", required=True, metavar="NAME:X,Y:SEED")
    parser.add_argument("--kinds", default="photo", help="comma-separated")
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    kinds = arguments.kinds.split(",")
    rows = [row(arguments.photos, crop, kinds) for crop in arguments.crop]
    labels = ["synthetic camera noise", *(f"gantool --kind {kind}" for kind in kinds), "original"]
    sheet(rows, labels).save(arguments.output, optimize=True)


def row(photos: Path, crop: str, kinds: list[str]) -> list[Image.Image]:
    """Return the crop with noise, as each kind of weight cleans it, and as it was."""
    name, place, seed = crop.split(":")
    x, y = (int(value) for value in place.split(","))
    with Image.open(photos / name) as photo:
        clean = np.array(photo.convert("RGB"))
    results = [Image.fromarray(through_camera(clean, int(seed)))]
    with tempfile.TemporaryDirectory() as folder:
        results[0].save(Path(folder, "noisy.png"))
        for kind in kinds:
            target = Path(folder, f"{kind}.png")
            command = [sys.executable, "-m", "gantool", "enhance", "denoise", "noisy.png"]
            subprocess.run([*command, "--kind", kind, "-o", str(target)], cwd=folder, check=True)
            results.append(Image.open(target).copy())
    results.append(Image.fromarray(clean))
    box = (x, y, x + WIDTH, y + HEIGHT)
    size = (WIDTH * ZOOM, HEIGHT * ZOOM)
    return [result.crop(box).resize(size, Image.Resampling.NEAREST) for result in results]


if __name__ == "__main__":
    main()
