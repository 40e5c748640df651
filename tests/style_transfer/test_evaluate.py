from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gantool.errors import ImageError, UsageError, WeightError
from gantool.evaluation import evaluate, whole
from gantool.images import ArrayPicture
from gantool.task import Box, Case
from gantool.testing.backbone import write_backbone
from gantool.train import perceptual
from gantool.weights import files
from gantool.weights.measuring import compare, measure
from gantool_style_transfer.evaluate import EvaluateStyleOptions, cases, metrics, protocol
from gantool_style_transfer.judge import Figures, Judge
from gantool_style_transfer.plugin import gantool_task
from tests.style_transfer.painted import pixels, save_painting, save_weight


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random VGG16, a painting of crossing strokes, and a photograph."""
    place = tmp_path_factory.mktemp("style")
    write_backbone(place / "vgg16.safetensors")
    y, x = np.mgrid[:96, :112]
    strokes = 128 + 90 * np.sin(x + y)[..., None] * np.array([1, 0.4, -0.7])
    Image.fromarray(strokes.clip(0, 255).astype(np.uint8)).save(place / "strokes.png")
    save_painting(place / "photos" / "a.png", 112, 96)
    return place


@pytest.fixture(scope="module")
def judge(folder: Path) -> Judge:
    return Judge.of(folder / "strokes.png", folder / "vgg16.safetensors")


def tensor(pixels: object) -> torch.Tensor:
    picture = ArrayPicture(np.array(pixels, np.float32) / np.float32(255))
    return picture.crop(Box(0, 0, picture.width, picture.height))


def test_the_untouched_photograph_keeps_all_and_reaches_nothing(judge: Judge) -> None:
    photo = tensor(pixels(112, 96))
    assert judge.figures(photo, photo) == Figures(
        pytest.approx(1), pytest.approx(0, abs=1e-6), pytest.approx(1), pytest.approx(1)
    )


def test_the_painting_itself_reaches_all_and_keeps_nothing(judge: Judge, folder: Path) -> None:
    with Image.open(folder / "strokes.png") as painting:
        found = judge.figures(tensor(painting), tensor(pixels(112, 96)))
    assert found.style < 1e-3
    assert found.patches < 1e-3
    assert found.edges < 0.5
    assert found.content > 0.02


def test_a_shift_of_colours_reaches_less_than_strokes_do(judge: Judge, folder: Path) -> None:
    photo = tensor(pixels(112, 96))
    with Image.open(folder / "strokes.png") as painting:
        wanted = tensor(painting)
    means, deviations = (
        (image.mean((2, 3), True), image.std((2, 3), keepdim=True)) for image in (photo, wanted)
    )
    shifted = (photo - means[0]) / means[1] * deviations[1] + deviations[0]
    stroked = (0.3 * (photo - means[0]) + wanted.roll((5, 9), (2, 3))).clamp(0, 1)
    by_colours, by_strokes = (judge.figures(image, photo) for image in (shifted.clamp(0, 1), stroked))
    assert by_strokes.style < by_colours.style
    assert by_strokes.patches < 0.7 * by_colours.patches


def test_the_whole_evaluation(folder: Path, tmp_path: Path) -> None:
    Image.fromarray(pixels(80, 72)[..., 0]).save(tmp_path / "grey.png")
    save_painting(tmp_path / "b.png", 81, 73)
    options = EvaluateStyleOptions(painting=folder / "strokes.png", backbone=folder / "vgg16.safetensors")
    weight = save_weight(tmp_path / "store", "style-transfer-x")
    found = evaluate(gantool_task(), options, cases(options, tmp_path), weights=[str(weight)])
    assert [score.name for score in found.scores] == ["b.png", "grey.png"]
    assert set(found.means) == {field.name for field in fields(Figures)}
    assert all(np.isfinite(value) for value in found.means.values())
    assert "strokes.png" in found.protocol


def test_a_cards_figures_name_the_painting_beside_the_photographs(folder: Path, tmp_path: Path) -> None:
    weight = save_weight(tmp_path, "style-transfer-x")
    given = {"painting": "strokes.png", "backbone": "vgg16.safetensors"}
    figures = measure(weight, folder / "photos", given)
    loaded = files.load(weight, task="style-transfer")
    files.save(weight, loaded.tensors, replace(loaded.card, measured=figures))
    assert {figure.metric for figure in figures} == {field.name for field in fields(Figures)}
    assert all(figure.options == given for figure in figures)
    assert [answer.problem for answer in compare(weight, folder)] == [""] * len(figures)


def test_without_a_painting_only_what_is_kept_is_measured(folder: Path) -> None:
    options = EvaluateStyleOptions(style="wave", backbone=folder / "vgg16.safetensors")
    found = metrics(options)
    assert set(found) == {"edges", "content"}
    assert "style not measured" in protocol(options)
    (case,) = cases(options, folder / "photos")
    assert found["edges"](whole(case.clean), whole(case.clean), case) == pytest.approx(1)


def test_the_protocol_says_how_was_painted_where_that_is_not_as_usual() -> None:
    options = EvaluateStyleOptions(style="wave", strength=0.5, keep_color=True, stroke_size=2)
    assert "; strength 0.5; colours kept; stroke size 2;" in protocol(options)
    assert "strength" not in protocol(EvaluateStyleOptions(style="wave"))


def test_a_painting_given_as_style_is_measured_against(folder: Path) -> None:
    assert EvaluateStyleOptions(style=str(folder / "strokes.png")).measured_against == folder / "strokes.png"
    with pytest.raises(UsageError, match=r"--painting .*lost.png does not exist"):
        EvaluateStyleOptions(painting=folder / "lost.png")


def test_a_missing_backbone_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(perceptual, "backbone_path", lambda: tmp_path / "none.safetensors")
    with pytest.raises(WeightError, match="gantool weights backbone"):
        metrics(EvaluateStyleOptions())


def test_tiny_photographs_are_refused_by_name(tmp_path: Path) -> None:
    save_painting(tmp_path / "tiny.png", 100, 20)
    with pytest.raises(ImageError, match=r"tiny\.png is too small"):
        list[Case](cases(EvaluateStyleOptions(), tmp_path))


def test_very_long_photographs_are_refused_by_name(tmp_path: Path) -> None:
    save_painting(tmp_path / "long.png", 1088, 64)
    with pytest.raises(ImageError, match=r"long\.png is too long to be measured: 1088 x 64"):
        list[Case](cases(EvaluateStyleOptions(), tmp_path))


def test_the_painting_among_the_photographs_is_named(folder: Path) -> None:
    painting = folder / "photos" / "a.png"
    options = EvaluateStyleOptions(painting=painting, backbone=folder / "vgg16.safetensors")
    (case,) = cases(options, folder / "photos")
    with pytest.raises(ImageError, match=r"a\.png is the painting itself"):
        metrics(options)["style"](whole(case.clean), whole(case.clean), case)
