"""The twenty crops that people judge weights by, out of pictures that no shipped weight learned from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from nets import Pixels
from perception_cases import Photo
from perception_sheets import SIDE
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = "samples"
"""The set that can be shown everywhere: `examples/photos`."""

INPUT, TRUTH = "input", "truth"
"""Columns that are not judged."""

Row = Mapping[str, Pixels]
"""Pictures of one size by the name over their column: the input first, the truth last."""


@dataclass(frozen=True)
class Crop:
    """A square of SIDE pixels of a picture; `folder` is the name of its set."""

    subject: str
    folder: str
    picture: str
    x: int
    y: int

    @property
    def label(self) -> str:
        """Return the words beside its row."""
        return f"{self.subject}\n{self.picture.partition('.')[0]}"

    def of(self, whole: Row) -> dict[str, Pixels]:
        """Return the crop of each picture."""
        return {
            name: pixels[self.y : self.y + SIDE, self.x : self.x + SIDE] for name, pixels in whole.items()
        }


CROPS = (
    Crop("face: cat", SAMPLES, "cat.jpg", 330, 340),
    Crop("hair: cat", SAMPLES, "cat.jpg", 220, 560),
    Crop("text: boat", SAMPLES, "boat.jpg", 620, 465),
    Crop("leaves: palms", SAMPLES, "boat.jpg", 300, 20),
    Crop("water: bay", SAMPLES, "boat.jpg", 60, 420),
    Crop("brick: wall", SAMPLES, "scooter.jpg", 60, 60),
    Crop("sky: tower", SAMPLES, "bridge.jpg", 200, 100),
    Crop("night: moon", SAMPLES, "moon.jpg", 280, 200),
    Crop("face: parrot", "Kodak24", "kodim23.png", 80, 90),
    Crop("face: tiger", "CBSD68", "108005.png", 70, 50),
    Crop("face: fox", "CBSD68", "159008.png", 90, 70),
    Crop("text: inn", "Kodak24", "kodim08.png", 500, 270),
    Crop("text: slide", "Set14", "img_013.png", 20, 220),
    Crop("brick: house", "Kodak24", "kodim01.png", 250, 180),
    Crop("leaves: bank", "Kodak24", "kodim13.png", 200, 110),
    Crop("water: sea", "Kodak24", "kodim16.png", 200, 310),
    Crop("sky: clouds", "Kodak24", "kodim16.png", 330, 30),
    Crop("hair: baboon", "Set14", "img_001.png", 20, 280),
    Crop("hair: chick", "CBSD68", "163085.png", 130, 60),
    Crop("night: dusk", "CBSD68", "143090.png", 180, 80),
)


def read(crop: Crop, data: Path, multiple: int = 1) -> Photo:
    """Return the crop's whole picture, cut to multiples of `multiple`."""
    folder = ROOT / "examples" / "photos" if crop.folder == SAMPLES else data / crop.folder
    with Image.open(folder / crop.picture) as image:
        pixels = np.array(image.convert("RGB"))
    height, width = (side - side % multiple for side in pixels.shape[:2])
    return Photo(Path(crop.picture).stem, pixels[:height, :width])


def by_picture(make: Callable[[Crop], Row]) -> Callable[[Crop], Row]:
    """Return `make`, of whole pictures, as crops of it; a picture with several crops is made once."""
    whole: dict[tuple[str, str], Row] = {}

    def crops(crop: Crop) -> Row:
        key = (crop.folder, crop.picture)
        if key not in whole:
            whole[key] = make(crop)
        return crop.of(whole[key])

    return crops
