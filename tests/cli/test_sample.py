from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
import torch
import typer
from PIL import Image
from torch import Tensor, nn

import gantool.cli.root
from gantool.cli.lazy import as_command
from gantool.cli.sample import build_command
from gantool.task import AnyTask, LoadedWeight, Sample, Task
from tests.weights.conftest import CARD, home, put

from .conftest import Run

__all__ = ["home"]


@dataclass(frozen=True)
class Options:
    gain: Annotated[float, typer.Option(help="Contrast.")] = 1.0


class Stripes:
    """Each latent is one number in [0, 1], and its image is grey of that level."""

    def __init__(self, gain: float) -> None:
        self.module = nn.Identity()
        self.gain = gain
        self.batches: list[int] = []

    def latents(self, count: int, seed: int) -> Tensor:
        rng = torch.Generator().manual_seed(seed)
        return torch.stack([torch.rand(1, generator=rng) for _ in range(count)])

    def __call__(self, latents: Tensor) -> Tensor:
        self.batches.append(len(latents))
        return self.gain * latents[:, :, None, None].expand(-1, 3, 4, 6)


@pytest.fixture
def samplers(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Stripes]:
    """Put `sample colorize` in the place of the command line; return the samplers it builds."""
    put(home / "shipped")
    built: list[Stripes] = []

    def build(options: Options, weights: Sequence[LoadedWeight]) -> Any:
        assert [weight.id for weight in weights] == [CARD.id]
        built.append(Stripes(options.gain))
        return built[-1]

    task: AnyTask = Task("colorize", "", sample=Sample(Options, lambda options: (CARD.id,), build))
    command = as_command("colorize", build_command(task))
    monkeypatch.setattr(gantool.cli.root, "command", lambda: command)
    return built


def pixels(path: Path) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(path))


def test_images_are_drawn_in_batches(run: Run, home: Path, samplers: list[Stripes]) -> None:
    answer = run("-o", str(home / "out"), "--count", "5", "--seed", "3", "--batch", "2", "--device", "cpu")
    assert answer.code == 0, answer.err
    paths = [home / f"out/colorize-3-{index:05d}.png" for index in range(5)]
    assert answer.out.splitlines() == [str(path) for path in paths]
    assert samplers[0].batches == [2, 2, 1]
    levels = (samplers[0].latents(5, 3) * 255).round().flatten().tolist()
    assert [pixels(path)[0, 0, 0] for path in paths] == levels
    assert pixels(paths[0]).shape == (4, 6, 3)


def test_images_that_exist_are_kept_and_more_join_them(run: Run, home: Path, samplers: list[Stripes]) -> None:
    run("-o", str(home / "out"), "--count", "2")
    first = (home / "out/colorize-0-00000.png").read_bytes()
    answer = run("-o", str(home / "out"), "--count", "3", "--gain", "0")
    assert answer.err.count("exists and is kept") == 2
    assert samplers[1].batches == [1]
    assert (home / "out/colorize-0-00000.png").read_bytes() == first
    run("-o", str(home / "out"), "--gain", "0", "--overwrite")
    assert pixels(home / "out/colorize-0-00000.png").max() == 0


def test_json(run: Run, home: Path, samplers: list[Stripes]) -> None:
    answer = run("-o", str(home), "--json", "--device", "cpu")
    record = json.loads(answer.out)
    assert (record["seed"], record["index"], len(record["weights"])) == (0, 0, 1)
    assert Path(record["path"]).exists()
    assert answer.err == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--weights", "a", "--weights", "b"], 2, "need 1 weights and --weights names 2"),
        (["--weights", "nothing"], 1, "there is no weight 'nothing'"),
        (["--device", "tpu"], 2, "tpu is no device"),
        (["--count", "0"], 2, "--count"),
        (["--gain", "nan"], 1, "not finite"),
    ],
)
@pytest.mark.usefixtures("samplers")
def test_what_cannot_be_is_one_line(
    run: Run, home: Path, arguments: list[str], code: int, words: str
) -> None:
    answer = run("-o", str(home / "out"), "--device", "cpu", "--json", *arguments)
    assert answer.code == code
    assert words in answer.err
    assert answer.err.count("\n") == 1
    assert not list((home / "out").glob("*"))
