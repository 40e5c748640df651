"""`gantool evaluate superres` as it is typed, on a tiny random network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gantool.cli import main
from gantool.weights import files
from gantool.weights.card import Card
from gantool_superres.networks import ARCHITECTURE, Generator, SuperResConfig

WEIGHT = "superres-x2-fidelity-compact"


@pytest.fixture(scope="module", autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    config = SuperResConfig(scale=2, width=8, blocks=1)
    card = Card(WEIGHT, "superres", ARCHITECTURE, config.as_card(), "CC0-1.0")
    files.save(folder / f"{WEIGHT}.safetensors", Generator(config).state_dict(), card)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean")
    rng = np.random.default_rng(0)
    for name in ("one", "two"):
        Image.fromarray(rng.integers(0, 256, (7, 9, 3), dtype=np.uint8)).resize((50, 41)).save(
            folder / f"{name}.png"
        )
    return folder


class Ran:
    def __init__(self, code: object, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setenv("GANTOOL_WEIGHTS", str(store))

    def run(*arguments: object) -> Ran:
        fixed = ["--scale", "2", "--kind", "fidelity", "--device", "cpu", "--precision", "fp32"]
        with pytest.raises(SystemExit) as stopped:
            main(["evaluate", "superres", *fixed, *map(str, arguments)])
        captured = capsys.readouterr()
        return Ran(stopped.value.code, captured.out, captured.err)

    return run


def test_the_table_has_a_row_for_each_picture_the_means_and_the_protocol(run: Any, data: Path) -> None:
    ran = run("--data", data)
    assert ran.code == 0, ran.err
    lines = [line.split() for line in ran.out.splitlines()]
    assert lines[0] == ["image", "PSNR-Y", "SSIM-Y"]
    assert [line[0] for line in lines[1:4]] == ["one.png", "two.png", "mean"]
    one, two, mean = (float(line[1]) for line in lines[1:4])
    assert mean == pytest.approx((one + two) / 2, abs=2e-4)
    assert WEIGHT in ran.out
    assert "device:   cpu" in ran.out
    assert "protocol: x2, LR by Pillow bicubic;" in ran.out


def test_views_are_averaged_and_said(run: Any, data: Path) -> None:
    one, eight = (json.loads(run("--data", data, "--tta", tta, "--json").out) for tta in (1, 8))
    assert (one["tta"], eight["tta"]) == (1, 8)
    assert one["mean"] != eight["mean"]
    assert "fp32, mean of 8 views" in run("--data", data, "--tta", 8).out
    wrong = run("--data", data, "--tta", 5)
    assert wrong.code == 2
    assert "--tta 5 is not possible; choose 1, 2, 4, 8" in wrong.err
    assert "many is no number of views" in run("--data", data, "--tta", "many").err


def test_json_holds_the_same_figures(run: Any, data: Path) -> None:
    table, record = run("--data", data), json.loads(run("--data", data, "--json").out)
    assert (record["task"], record["precision"]) == ("superres", "fp32")
    assert [weight["id"] for weight in record["weights"]] == [WEIGHT]
    assert len(record["weights"][0]["sha256"]) == 64
    assert [image["name"] for image in record["images"]] == ["one.png", "two.png"]
    assert f"{record['mean']['PSNR-Y']:.4f}" in table.out
    assert f"{record['images'][1]['figures']['SSIM-Y']:.4f}" in table.out
    assert "border of 2 pixels" in record["protocol"]


def test_the_options_of_the_task_change_what_is_measured(run: Any, data: Path) -> None:
    plain, worse = (json.loads(run("--data", data, "--json", *more).out) for more in ((), ("--jpeg", 5)))
    assert plain["mean"] != worse["mean"]
    assert "JPEG quality 5" in worse["protocol"]


def test_figures_that_are_not_finite_are_null(run: Any, tmp_path: Path, store: Path) -> None:
    """A black picture through a network of zeros comes out as it was: its PSNR is infinite."""
    Image.new("RGB", (40, 40)).save(tmp_path / "black.png")
    config = SuperResConfig(scale=2, width=8, blocks=1)
    zeros = {name: torch.zeros_like(value) for name, value in Generator(config).state_dict().items()}
    weight = tmp_path / "zeros.safetensors"
    files.save(weight, zeros, Card("zeros", "superres", ARCHITECTURE, config.as_card(), "CC0-1.0"))
    ran = run("--data", tmp_path, "--weights", weight, "--json")
    record = json.loads(ran.out)
    assert record["mean"] == {"PSNR-Y": None, "SSIM-Y": pytest.approx(1.0)}


def test_an_option_that_chooses_another_weight_than_is_given_is_refused(
    run: Any, data: Path, tmp_path: Path
) -> None:
    config = SuperResConfig(scale=2, width=8, blocks=1)
    card = Card("mine", "superres", ARCHITECTURE, config.as_card(), "CC0-1.0", recipe={"kind": "photo"})
    weight = tmp_path / "mine.safetensors"
    files.save(weight, dict(Generator(config).state_dict()), card)
    ran = run("--data", data, "--weights", weight)
    assert (ran.code, ran.out) == (2, "")
    assert "--kind fidelity is asked" in ran.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--data", "missing"), 2, "missing is not a folder"),
        ((), 2, "--data"),
        (("--data", ".", "--device", "tpu"), 2, "tpu is no device"),
        (("--data", "DATA", "--weights", "superres-x2-nothing-compact"), 1, "did you mean superres-"),
        (("--data", "DATA", "--sharpness", "0.5"), 2, "--sharpness blends robust and photo"),
        (("--data", "DATA", "--stlpips", "none.safetensors"), 1, "no weight file none.safetensors"),
    ],
)
def test_bad_input_gets_one_line(run: Any, data: Path, arguments: Any, code: int, words: str) -> None:
    ran = run(*(str(data) if argument == "DATA" else argument for argument in arguments))
    assert ran.code == code
    assert words in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    assert ran.out == ""
