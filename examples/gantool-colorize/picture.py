"""Make picture.jpg: photographs without their colours, with those that were found, and as they were."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
PHOTOS = HERE.parent / "photos"
NAMES = ("bridge", "boat", "cat")
WIDTH, HEIGHT = 320, 240


def cut(picture: Image.Image) -> Image.Image:
    """Return the middle of the picture in the sheet's shape."""
    scale = max(WIDTH / picture.width, HEIGHT / picture.height)
    size = round(picture.width * scale), round(picture.height * scale)
    left, top = (size[0] - WIDTH) // 2, (size[1] - HEIGHT) // 2
    reduced = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    return reduced.crop((left, top, left + WIDTH, top + HEIGHT))


def main() -> None:
    """Grey copies go through the command, as anybody's would."""
    sheet = Image.new("RGB", (3 * WIDTH, len(NAMES) * HEIGHT))
    with tempfile.TemporaryDirectory() as folder:
        for row, name in enumerate(NAMES):
            grey, coloured = Path(folder) / f"{name}.png", Path(folder) / f"{name}-coloured.png"
            with Image.open(PHOTOS / f"{name}.jpg") as photo:
                photo.convert("L").save(grey)
            command = ["enhance", "colorize", str(grey), "-o", str(coloured)]
            subprocess.run([sys.executable, "-m", "gantool", *command], check=True)
            for column, path in enumerate((grey, coloured, PHOTOS / f"{name}.jpg")):
                with Image.open(path) as picture:
                    sheet.paste(cut(picture), (column * WIDTH, row * HEIGHT))
    sheet.save(HERE / "picture.jpg", quality=88)


if __name__ == "__main__":
    main()
