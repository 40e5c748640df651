from __future__ import annotations

import functools
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from gantool.errors import UsageError, WeightError
from gantool.sampling import evaluation
from gantool.task import Labelled, SetInputs
from gantool.weights import files
from gantool.weights import measuring as card_figures
from gantool_generate.classifier import DigitClassifier
from gantool_generate.config import Preset
from gantool_generate.evaluate import EvaluateGenerateOptions, measure, protocol
from gantool_generate.features import are_digits, features_for, pooled_pixels
from gantool_generate.inception import inception_features
from gantool_generate.judging import DigitJudge
from gantool_generate.options import CompareBy
from tests.generate.pictures import write_classes
from tests.generate.weights import DIGITS, load, sampler, write_classifier, write_generator

CPU = torch.device("cpu")


class Oracle(DigitClassifier):
    """Says the digit that an image's mean level stands for: 0 to 9 tenths."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        said = (images.mean((1, 2, 3)) * 10).round().long()
        sure = torch.where(images[:, 0, 0, 0] > 0, 20.0, 1.0)
        return torch.nn.functional.one_hot(said, 10) * sure[:, None]


def flat(*digits: int) -> torch.Tensor:
    return torch.tensor(digits)[:, None, None, None].expand(-1, 1, 28, 28) / 10


def real(labels: list[int], names: str = "0123456789") -> Labelled:
    images = flat(*labels).mul(255).round().byte()
    return Labelled(images, torch.tensor(labels), tuple(names))


def test_digits_are_known_by_what_the_classifier_says() -> None:
    right = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert are_digits(real(right), Oracle())
    wrong = Labelled(real(right).images, torch.tensor([0] * 9), tuple("0123456789"))
    assert not are_digits(wrong, Oracle())
    assert not are_digits(Labelled(wrong.images, None), Oracle())
    assert not are_digits(Labelled(wrong.images, torch.zeros(9, dtype=torch.long), ("zero",)), Oracle())


def test_a_judge_counts() -> None:
    judge = DigitJudge(Oracle(), tuple("0123456789"))
    judge.look(flat(0, 1, 2, 3), range(0, 4))
    judge.look(flat(5, 5), range(4, 6))
    found = {figure.name: figure.value for figure in judge.figures()}
    assert found["digits found, of 10"] == 5
    assert found["largest share"] == pytest.approx(2 / 6)
    assert found["smallest share"] == 0
    assert found["top probability over 0.9"] == pytest.approx(5 / 6)  # black is not sure
    assert found["asked class right"] == pytest.approx(5 / 6)
    assert found["share of 5"] == pytest.approx(2 / 6)
    unasked = DigitJudge(Oracle(), ())
    unasked.look(flat(1), range(1))
    assert "asked class right" not in {figure.name for figure in unasked.figures()}


def test_pooled_pixels_are_means_over_cells() -> None:
    image = torch.zeros(1, 1, 28, 28)
    image[0, 0, :2, :2] = 1
    pooled = pooled_pixels(image)
    assert pooled.shape == (1, 196)
    assert (pooled[0, 0], pooled.sum()) == (1, 1)
    assert pooled_pixels(torch.zeros(2, 3, 64, 64)).shape == (2, 3 * 16 * 16)


def test_features_say_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gantool_generate.features.backbone_path", lambda: tmp_path / "none")
    monkeypatch.setenv("GANTOOL_WEIGHTS", str(tmp_path))
    write_classifier(tmp_path)
    pictures = real([1, 2, 3])
    assert features_for(CompareBy.digits, pictures, CPU).name == "digit"
    assert features_for(CompareBy.digits, pictures, CPU).of(flat(1, 2)).shape == (2, 64)
    # A classifier of random numbers does not know them.
    assert features_for(CompareBy.auto, pictures, CPU).name == "pixel"
    large = Labelled(torch.zeros(3, 3, 32, 32, dtype=torch.uint8))
    with pytest.raises(UsageError, match="no digits"):
        features_for(CompareBy.digits, large, CPU)


def test_figures_of_a_generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gantool_generate.features.load_classifier", _missing)
    monkeypatch.setattr("gantool_generate.measuring.load_classifier", _missing)
    made = sampler(tmp_path, Preset.mlp, DIGITS)
    write_classes(tmp_path / "real", 28)
    inputs = SetInputs(made, tuple("0123456789"), tmp_path / "real", count=20, seed=0, batch=8)
    options = EvaluateGenerateOptions(truncation=0.7)
    report = measure(options, inputs)
    figures = {figure.name: figure.value for figure in report.figures}
    assert figures["pixel-feature Fréchet distance"] > 1
    assert 0 <= figures["precision"] <= 1
    assert figures["near-copies of real pictures"] == 0
    assert "FID" not in figures
    assert any(note.startswith("no FID and KID") for note in report.notes)
    assert report.neighbours is not None
    assert report.neighbours.shape == (1, 10 * 29 - 1, 8 * 29 - 1)
    said = protocol(options, inputs)
    assert "20 images from seed 0, truncation 0.7, against real" in said
    assert said.endswith("kernel distances over 50 subsets of 20")
    assert "all for copies, and for FID and KID" in said
    assert "subsets for kernel distances are of 12: there are no more real ones" in report.notes
    assert protocol(options, replace(inputs, count=5000)).endswith("over 50 subsets of 1000")


def test_copies_are_found_where_real_pictures_are_there_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gantool_generate.features.load_classifier", _missing)
    monkeypatch.setattr("gantool_generate.measuring.load_classifier", _missing)
    made = sampler(tmp_path, Preset.mlp, DIGITS)
    write_classes(tmp_path / "real", 28)
    for path in list((tmp_path / "real").rglob("*.png")):
        shutil.copy(path, path.with_stem(f"{path.stem}-again"))
    copied = made.real(tmp_path / "real").images[:1].float() / 255
    monkeypatch.setattr(type(made), "__call__", lambda self, latents: copied.expand(len(latents), -1, -1, -1))
    inputs = SetInputs(made, tuple("0123456789"), tmp_path / "real", count=20, seed=0, batch=8)
    figures = {figure.name: figure.value for figure in measure(EvaluateGenerateOptions(), inputs).figures}
    assert figures["near-copies of real pictures"] == 1


def _missing(device: Any) -> DigitClassifier:
    raise WeightError("missing")


def test_inception_is_looked_for_and_never_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path))
    found, why = inception_features(None, CPU)
    assert found is None
    assert "never fetched" in why
    with pytest.raises(UsageError, match="there is no file"):
        inception_features(tmp_path / "none.pth", CPU)


def test_a_cards_figures_of_a_set_are_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gantool_generate.measuring.load_classifier", _missing)
    monkeypatch.setattr(
        "gantool.sampling.evaluation.SetWishes", functools.partial(evaluation.SetWishes, count=12)
    )
    weight = write_generator(tmp_path, Preset.mlp)
    write_classes(tmp_path / "stripes", 28)
    figures = card_figures.measure(weight, tmp_path / "stripes", {"compare_by": "pixels"})
    assert {figure.metric for figure in figures} >= {"pixel-feature Fréchet distance", "recall"}
    assert all(figure.protocol.startswith("12 images from seed 0") for figure in figures)
    loaded = load(weight)
    files.save(weight, loaded.tensors, replace(loaded.card, measured=figures))
    answers = list(card_figures.compare(weight, tmp_path))
    assert len(answers) == len(figures)
    assert not any(answer.problem for answer in answers)
