"""Draws the pictures of docs/generate.md with the commands that stand there.

    python benchmarks/generate_pictures.py --data DIR [--weights ID|FILE] [--output docs/images]

`--data` holds the files of MNIST: four of its test digits are projected, and the sheet of neighbours shows
its training digits.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from PIL import Image

from gantool.cli import main as gantool
from gantool_generate.data import open_images

PROJECTED = (0, 8, 18, 61)
"""Test digits that are projected: a 7, a 5, a 3 and an 8."""
FRAMES, GAP = 9, 6
SWEEP = ("--interpolate", str(FRAMES), "--grid")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", default="generate-digits")
    parser.add_argument("--output", type=Path, default=Path("docs/images"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        draw(folder, arguments.weights)
        project(folder, arguments.weights, arguments.data)
        neighbours(folder, arguments.weights, arguments.data)
        for picture in sorted(folder.glob("generate-*.*")):
            shutil.copyfile(picture, arguments.output / picture.name)
            print(arguments.output / picture.name, picture.stat().st_size)


def run(*words: object) -> None:
    """Run `gantool WORDS`; anything but success ends this program, too."""
    try:
        gantool([str(word) for word in words])
    except SystemExit as end:
        if end.code:
            raise


def draw(folder: Path, weights: str) -> None:
    """Draw what needs no other picture."""
    given = ("sample", "generate", "--weights", weights)
    run(*given, "-n", 100, "--grid", folder / "generate-digits.png")
    run(*given, "-n", 6, "--interpolate", 10, "--grid", folder / "generate-rows.png")
    run(*given, "--walk", folder / "generate-walk.webp", "-n", 10)
    for name in ("sefa-1", "sefa-2", "class-3-8"):
        amounts, label = ("0:1", ("--class", "3")) if name == "class-3-8" else ("-2:2", ())
        run(*given, "-n", 5, *label, "--edit", f"{name}={amounts}", *SWEEP, folder / f"{name}.png")
    beside([folder / f"{name}.png" for name in ("sefa-1", "sefa-2", "class-3-8")]).save(
        folder / "generate-edit.png"
    )


def project(folder: Path, weights: str, data: Path) -> None:
    """Show in each row a test digit, the nearest that the network draws, and that one's first direction."""
    digits = open_images(data / "t10k-images-idx3-ubyte.gz").images
    given = ("sample", "generate", "--weights", weights)
    names = [folder / f"digit{index}.png" for index in PROJECTED]
    for index, name in zip(PROJECTED, names, strict=True):
        Image.fromarray(digits[index, 0].numpy()).save(name)
        run(*given, "--project", name)
    found = [name.with_name(f"{name.stem}_generate.png") for name in names]
    latents = [word for name in found for word in ("--latent", name.with_suffix(".safetensors"))]
    run(*given, *latents, "--edit", "sefa-1=-2:2", *SWEEP, folder / "swept.png")
    columns = [below(names), below(found)]
    for number, column in enumerate(columns):
        column.save(folder / f"column{number}.png")
    parts = [folder / f"column{number}.png" for number in range(len(columns))]
    beside([*parts, folder / "swept.png"]).save(folder / "generate-project.png")


def neighbours(folder: Path, weights: str, data: Path) -> None:
    """Show drawn digits, each beside the training digits nearest to it."""
    sheet = folder / "generate-neighbours.png"
    training = data / "train-images-idx3-ubyte.gz"
    run("evaluate", "generate", "--weights", weights, "--data", training, "-n", 1000, "--neighbours", sheet)


def beside(paths: list[Path]) -> Image.Image:
    """Put grey pictures of one height beside each other."""
    pictures = [Image.open(path).convert("L") for path in paths]
    width = sum(picture.width + GAP for picture in pictures) - GAP
    sheet = Image.new("L", (width, max(picture.height for picture in pictures)), 255)
    left = 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width + GAP
    return sheet


def below(paths: list[Path]) -> Image.Image:
    """Put grey pictures of one size below each other, a pixel apart."""
    pictures = [Image.open(path).convert("L") for path in paths]
    width, height = pictures[0].size
    sheet = Image.new("L", (width, len(pictures) * (height + 1) - 1))
    for row, picture in enumerate(pictures):
        sheet.paste(picture, (0, row * (height + 1)))
    return sheet


if __name__ == "__main__":
    main()
