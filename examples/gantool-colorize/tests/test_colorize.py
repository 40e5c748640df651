from pathlib import Path

import numpy as np
import pytest
import torch
from gantool.images import ArrayPicture
from gantool.inference.engine import enhance_picture
from gantool.plugins import load as load_task
from gantool.testing import Check, Command, check_task
from gantool.testing.pictures import make_picture
from gantool.weights.store import load as load_weight
from PIL import Image

from gantool_colorize.colour import chroma, luma, merged
from gantool_colorize.enhance import ColorizeEnhancer
from gantool_colorize.evaluate import cases, colourfulness
from gantool_colorize.options import WEIGHT, ColorizeOptions, TrainColorizeOptions
from gantool_colorize.recipe import palette_distance

pytest_plugins = ["gantool.testing.fixtures"]


def shipped(options: ColorizeOptions) -> ColorizeEnhancer:
    return ColorizeEnhancer(options, [load_weight(WEIGHT, load_task("colorize"))])


def test_the_task_keeps_the_contract() -> None:
    made = check_task("colorize", train=TrainColorizeOptions(patch=32))
    assert {Check.KNOWN_WEIGHTS, Check.STEP, Check.TILES, Check.EVALUATE} <= set(made)


def test_luma_and_chroma_are_the_picture() -> None:
    image = torch.rand(2, 3, 5, 7, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(merged(luma(image), chroma(image)), image)


def test_palettes() -> None:
    grey = torch.zeros(1, 2, 4, 4)
    assert palette_distance(grey, grey) == 0
    assert palette_distance(grey, grey + 0.3) == 1
    assert palette_distance(grey, torch.cat((grey, grey + 0.3), 3)) == pytest.approx(0.5)


def test_a_grey_file_comes_out_in_colour(gantool_command: Command, tmp_path: Path) -> None:
    grey = make_picture(1, 90, 70).mean(2).clip(40, 215).astype(np.uint8)
    Image.fromarray(grey).save(tmp_path / "old.png")
    done = gantool_command("enhance", "colorize", str(tmp_path / "old.png"), "--device", "cpu")
    assert done.code == 0, done.err
    with Image.open(tmp_path / "old_colorize.png") as made:
        assert made.mode == "RGB"
        pixels = torch.from_numpy(np.array(made)).permute(2, 0, 1)[None].float()
    bright = luma(pixels)[0, 0].numpy()
    assert np.abs(bright - grey).mean() < 1
    assert chroma(pixels).abs().max() > 2


def test_no_saturation_is_grey_and_colours_of_the_input_do_not_count() -> None:
    picture = make_picture(2, 60, 50)
    grey = enhance_picture(shipped(ColorizeOptions(saturation=0)), ArrayPicture(picture), dtype=np.float32)
    assert np.ptp(grey.pixels, axis=2).max() < 1e-5
    bright = luma(torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255)
    repeated = bright[0].expand(3, -1, -1).permute(1, 2, 0).contiguous().numpy()
    colourful = enhance_picture(shipped(ColorizeOptions()), ArrayPicture(picture), dtype=np.float32)
    again = enhance_picture(shipped(ColorizeOptions()), ArrayPicture(repeated), dtype=np.float32)
    np.testing.assert_allclose(colourful.pixels, again.pixels, atol=1e-5)


def test_colourfulness() -> None:
    grey = torch.full((1, 3, 4, 4), 0.4)
    assert colourfulness(grey) == pytest.approx(0, abs=1e-5)
    red = torch.zeros(1, 3, 4, 4)
    red[:, 0] = 1  # no spread; red - green is 255, yellow - blue 127.5
    assert colourfulness(red) == pytest.approx(0.3 * (255**2 + 127.5**2) ** 0.5)


def test_cases_are_grey_pictures_and_their_originals(tmp_path: Path) -> None:
    picture = make_picture(3, 20, 30).astype(np.uint8)
    Image.fromarray(picture).save(tmp_path / "a.png")
    (case,) = cases(ColorizeOptions(), tmp_path)
    grey, clean = (whole.reduced(64) for whole in (case.degraded, case.clean))
    assert (grey == grey[:, :1]).all()
    torch.testing.assert_close(luma(clean), grey[:, :1], atol=0.6 / 255, rtol=0)
