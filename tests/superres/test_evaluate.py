"""The superres protocol, each part beside Pillow's and scikit-image's own."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.color import rgb2ycbcr
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from gantool.errors import ImageError, UsageError, WeightError
from gantool.evaluation import as_tensor, whole
from gantool.task import Case
from gantool_superres.evaluate import EvaluateSuperResOptions, cases, metrics, protocol


def picture(width: int, height: int, mode: str = "RGB") -> Image.Image:
    rng = np.random.default_rng(width)
    coarse = Image.fromarray(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8))
    return coarse.resize((width, height), Image.Resampling.BICUBIC).convert(mode)


def only_case(folder: Path, options: EvaluateSuperResOptions) -> Case:
    found = cases(options, folder)
    assert len(found) == 1
    return next(iter(found))


def pixels(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """The LR and the clean pixels, (H, W, C) uint8."""
    pair = (whole(image)[0].permute(1, 2, 0).mul(255).round() for image in (case.degraded, case.clean))
    lr, clean = (image.numpy().astype(np.uint8) for image in pair)
    return lr, clean


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_lr_is_pillows_bicubic_of_whole_lr_pixels(tmp_path: Path, scale: int) -> None:
    picture(83, 61).save(tmp_path / "a.png")
    lr, clean = pixels(only_case(tmp_path, EvaluateSuperResOptions(scale=scale)))
    width, height = 83 // scale, 61 // scale
    cropped = picture(83, 61).crop((0, 0, width * scale, height * scale))
    np.testing.assert_array_equal(clean, np.asarray(cropped))
    expected = cropped.resize((width, height), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(lr, np.asarray(expected))


def test_jpeg_compresses_the_small_picture(tmp_path: Path) -> None:
    picture(64, 64).save(tmp_path / "a.png")
    small = picture(64, 64).resize((32, 32), Image.Resampling.BICUBIC)
    stream = io.BytesIO()
    small.save(stream, "JPEG", quality=60)
    lr, _ = pixels(only_case(tmp_path, EvaluateSuperResOptions(scale=2, jpeg=60)))
    np.testing.assert_array_equal(lr, np.asarray(Image.open(stream)))
    assert not np.array_equal(lr, np.asarray(small))


def test_grey_and_deep_pictures_are_measured_as_8_bit_rgb(tmp_path: Path) -> None:
    picture(40, 40, "L").save(tmp_path / "a.png")
    lr, clean = pixels(only_case(tmp_path, EvaluateSuperResOptions(scale=2)))
    assert lr.shape == (20, 20, 3)
    np.testing.assert_array_equal(clean, np.asarray(picture(40, 40, "L").convert("RGB")))
    deep = np.asarray(picture(40, 40, "L")).astype(np.uint16) * 257
    Image.fromarray(deep).save(tmp_path / "a.png")
    again, _ = pixels(only_case(tmp_path, EvaluateSuperResOptions(scale=2)))
    np.testing.assert_array_equal(again, lr)


def test_cases_are_named_by_their_place(tmp_path: Path) -> None:
    for name in ("b/x.png", "a/x.png"):
        (tmp_path / name).parent.mkdir()
        picture(40, 40).save(tmp_path / name)
    assert [case.name for case in cases(EvaluateSuperResOptions(), tmp_path)] == ["a/x.png", "b/x.png"]


@pytest.mark.parametrize("scale", [2, 4])
def test_figures_are_scikit_images_on_luma_without_the_border(tmp_path: Path, scale: int) -> None:
    picture(84, 64).save(tmp_path / "a.png")
    options = EvaluateSuperResOptions(scale=scale)
    case = only_case(tmp_path, options)
    lr, clean = pixels(case)
    output = np.array(Image.fromarray(lr).resize(clean.shape[1::-1], Image.Resampling.BICUBIC))
    inside = slice(scale, -scale)
    ours, truth = (rgb2ycbcr(image)[inside, inside, 0] for image in (output, clean))
    figures = metrics(options)
    assert set(figures) == {"PSNR-Y", "SSIM-Y"}
    got = {name: figure(as_tensor(output), as_tensor(clean), case) for name, figure in figures.items()}
    assert got["PSNR-Y"] == pytest.approx(peak_signal_noise_ratio(truth, ours, data_range=255), abs=1e-4)
    expected = structural_similarity(
        ours, truth, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert got["SSIM-Y"] == pytest.approx(expected, abs=1e-6)


def test_the_protocol_says_what_was_asked_for() -> None:
    plain, full = EvaluateSuperResOptions(scale=3), EvaluateSuperResOptions(jpeg=60, stlpips=Path("x"))
    assert "x3" in protocol(plain)
    assert "sharpness" not in protocol(plain)
    assert "sharpness 0.3" in protocol(EvaluateSuperResOptions(sharpness=0.3))
    assert "border of 3 pixels" in protocol(plain)
    assert "JPEG" not in protocol(plain)
    assert "JPEG quality 60" in protocol(full)
    assert "ST-LPIPS" in protocol(full)


def test_pictures_too_small_for_the_learned_distance_are_named_before_work_starts(tmp_path: Path) -> None:
    picture(60, 21).save(tmp_path / "small.png")
    assert len(list(cases(EvaluateSuperResOptions(scale=2), tmp_path))) == 1
    options = EvaluateSuperResOptions(scale=2, stlpips=tmp_path / "weights.safetensors")
    with pytest.raises(UsageError, match=r"small\.png has a side of 21 pixels.*22 or more"):
        cases(options, tmp_path)
    picture(60, 22).save(tmp_path / "small.png")
    assert len(cases(options, tmp_path)) == 1


def test_what_cannot_be_measured_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no pictures"):
        cases(EvaluateSuperResOptions(), tmp_path)
    with pytest.raises(WeightError, match="no weight file"):
        metrics(EvaluateSuperResOptions(stlpips=tmp_path / "none.safetensors"))
    path = tmp_path / "small.png"
    picture(22, 60).save(path)
    with pytest.raises(ImageError, match=r"small\.png is too small to be measured at x4"):
        only_case(tmp_path, EvaluateSuperResOptions())
    path.write_bytes(b"no picture")
    with pytest.raises(ImageError, match=r"small\.png"):
        only_case(tmp_path, EvaluateSuperResOptions())


def test_the_smallest_picture_has_finite_figures(tmp_path: Path) -> None:
    picture(23, 23).save(tmp_path / "a.png")
    options = EvaluateSuperResOptions(scale=4)
    case = only_case(tmp_path, options)
    clean = whole(case.clean)
    values = [figure(clean * 0.5, clean, case) for figure in metrics(options).values()]
    assert bool(torch.tensor(values).isfinite().all())
