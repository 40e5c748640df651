"""The detector of scratches on a made-up scan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from gantool.images import ArrayPicture
from gantool.testing.pictures import make_picture
from gantool_inpaint.scratches import find_scratches


def soft_photo() -> NDArray[np.uint8]:
    """Return a picture of soft shapes with an edge across it."""
    small = make_picture(4, 30, 20)[..., :3]
    pixels = np.array(Image.fromarray(small).resize((360, 240), Image.Resampling.BICUBIC)) // 2 + 40
    pixels[:, 200:] += 50
    return pixels.astype(np.uint8)


def scratched(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return it with bright and dark lines and specks, and where they are."""
    truth = np.zeros(pixels.shape[:2], np.bool_)
    made = pixels.copy()
    marks = Image.new("L", (360, 240))
    pen = ImageDraw.Draw(marks)
    pen.line([(20, 10), (90, 120), (140, 230)], fill=255, width=2)
    pen.line([(350, 30), (230, 60)], fill=255, width=3)
    pen.ellipse((300, 150, 303, 153), fill=255)
    bright = np.asarray(marks) > 0
    made[bright] = 235
    truth |= bright
    marks = Image.new("L", (360, 240))
    ImageDraw.Draw(marks).line([(160, 200), (330, 215)], fill=255, width=2)
    dark = np.asarray(marks) > 0
    made[dark] = 5
    return made, truth | dark


def test_scratches_are_found_and_soft_pictures_left_alone() -> None:
    clean = soft_photo()
    spoiled, truth = scratched(clean)
    found = find_scratches(ArrayPicture(spoiled))
    assert found[truth].mean() > 0.9
    assert found.mean() < 4 * truth.mean()
    assert find_scratches(ArrayPicture(clean)).mean() < 0.005


def test_grey_pictures_and_tiny_ones() -> None:
    spoiled, truth = scratched(soft_photo())
    assert find_scratches(ArrayPicture(spoiled[..., :1]))[truth].mean() > 0.8
    assert find_scratches(ArrayPicture(np.zeros((1, 3, 3), np.uint8))).sum() == 0
