from __future__ import annotations

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
import typer
from PIL import Image
from torch import Tensor

import gantool.cli.root
from gantool.cli.lazy import as_command
from gantool.cli.sample import build_command
from gantool.sampling.latents import normal_latents
from gantool.task import AnyTask, LoadedWeight, Sample, Task
from tests.sampling.toys import CLASSES, Full, Plain
from tests.weights.conftest import CARD, home, put

from .conftest import Run

__all__ = ["home"]


@dataclass(frozen=True)
class Options:
    gain: Annotated[float, typer.Option(help="Contrast.")] = 1.0
    gauge: Annotated[str, typer.Option(help="What is compared by.")] = "coarse"
    bare: Annotated[bool, typer.Option("--bare", help="A sampler with nothing besides.")] = False


class Gained(Full):
    def __init__(self, gain: float) -> None:
        super().__init__()
        self.gain = gain

    def __call__(self, latents: Tensor) -> Tensor:
        return self.gain * super().__call__(latents)


@pytest.fixture
def samplers(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[Plain]:
    """Put `sample colorize` in the place of the command line; return the samplers it builds."""
    put(home / "shipped")
    monkeypatch.chdir(home)
    built: list[Plain] = []

    def build(options: Options, weights: Sequence[LoadedWeight]) -> Any:
        assert [weight.id for weight in weights] == [CARD.id]
        built.append(Plain() if options.bare else Gained(options.gain))
        return built[-1]

    capability = Sample(Options, lambda options: (CARD.id,), build, lambda cards: CLASSES, ("gauge",))
    task: AnyTask = Task("colorize", "", sample=capability)
    command = as_command("colorize", build_command(task))
    monkeypatch.setattr(gantool.cli.root, "command", lambda: command)
    return built


def pixels(path: str | Path) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(path))


def levels(latents: Tensor) -> list[list[int]]:
    """Return the two levels of each image."""
    rounded: list[list[int]] = (latents[:, :2].sigmoid() * 255).round().int().tolist()
    return rounded


def test_images_are_drawn_in_batches(run: Run, samplers: list[Plain]) -> None:
    answer = run("-o", "out", "-n", "5", "--seed", "3", "--batch", "2", "--device", "cpu")
    assert answer.code == 0, answer.err
    paths = [f"out/colorize-3-{index:05d}.png" for index in range(5)]
    assert answer.out.splitlines() == paths
    assert samplers[0].batches == [2, 2, 1]
    found = [pixels(path)[0, [0, 7]].tolist() for path in paths]
    assert found == levels(normal_latents(range(5), 3, 2))


def test_images_that_exist_are_kept_and_more_join_them(run: Run, home: Path, samplers: list[Plain]) -> None:
    run("-o", "out", "--count", "2")
    first = (home / "out/colorize-0-00000.png").read_bytes()
    answer = run("-o", "out", "--count", "3", "--gain", "0", "--batch", "8")
    assert answer.err.count("exists and is kept") == 2
    assert samplers[1].batches == [1]
    assert (home / "out/colorize-0-00000.png").read_bytes() == first
    run("-o", "out", "--gain", "0", "--overwrite")
    assert pixels(home / "out/colorize-0-00000.png").max() == 0


def test_what_is_kept_is_said_in_json(run: Run, samplers: list[Plain]) -> None:
    run("-o", "out")
    answer = run("-o", "out", "--gain", "0", "--json")
    path = str(Path("out/colorize-0-00000.png"))
    kept = {"path": path, "index": 0, "kept": True, "remedy": "--overwrite replaces it"}
    assert json.loads(answer.out) == kept
    assert (answer.code, answer.err) == (0, "")


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        (["--truncation", "0.5"], "colorize-0-truncation0.5-00000.png"),
        (["--truncation", "1"], "colorize-0-00000.png"),
        (["--edit", "sefa-1=2"], "colorize-0-sefa-1=2-00000.png"),
        (["--interpolate", "2"], "colorize-0-row2-00000.png"),
        (["--edit", "sefa-1=-3:3", "--interpolate", "2"], "colorize-0-row2-sefa-1=-3to3-00000.png"),
        (["--weights", CARD.id], "colorize-0-00000.png"),
    ],
)
def test_images_drawn_otherwise_lie_beside_each_other(
    run: Run, samplers: list[Plain], flags: list[str], name: str
) -> None:
    assert Path(run("-o", "out", *flags).out.splitlines()[0]).name == name


def test_other_weights_and_latents_stand_in_the_name(run: Run, home: Path, samplers: list[Plain]) -> None:
    (home / "mine").mkdir()
    weight = put(home / "mine")
    found = Path(run("-o", "out", "--weights", str(weight)).out.strip()).name
    assert re.fullmatch(rf"colorize-0-{CARD.id}-[0-9a-f]{{8}}-00000\.png", found)
    Image.fromarray(np.full((40, 40), 90, np.uint8)).save("a.png")
    run("--project", "a.png", "--steps", "1")
    for name in ("one", "two", "x" * 120):
        shutil.copy("a_colorize.safetensors", f"{name}.safetensors")
    latents = ["--latent", "one.safetensors", "--latent", "two.safetensors"]
    assert "latent-one-two-00000.png" in run("-o", "out", *latents).out
    assert run("-o", "out", "--latent", f"{'x' * 120}.safetensors").code == 0


def test_given_latents_that_are_truncated_lie_beside_those_that_are_not(
    run: Run, samplers: list[Plain], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gained, "truncation", 0.9)
    Image.fromarray(np.full((40, 40), 90, np.uint8)).save("a.png")
    run("--project", "a.png", "--steps", "1")
    latent = ["-o", "out", "--latent", "a_colorize.safetensors"]
    assert Path(run(*latent).out.strip()).name == "colorize-latent-a_colorize-00000.png"
    found = Path(run(*latent, "--truncation", "0.9").out.strip()).name
    assert found == "colorize-latent-a_colorize-truncation0.9-00000.png"
    assert "exists and is kept" in run(*latent, "--truncation", "1").err


def test_json(run: Run, samplers: list[Plain]) -> None:
    answer = run("--json", "--device", "cpu", "--class", "b", "--edit", "sefa-1=-1.5")
    record = json.loads(answer.out)
    assert (record["seed"], record["index"], len(record["weights"])) == (0, 0, 1)
    assert (record["class"], record["edits"]) == ("b", {"sefa-1": [-1.5, -1.5]})
    assert record["path"] == "colorize-0-b-sefa-1=-1.5-00000.png"
    assert Path(record["path"]).exists()
    assert answer.err == ""


def test_a_grid_alone_writes_one_file(run: Run, home: Path, samplers: list[Plain]) -> None:
    answer = run("-n", "3", "--grid", "grid.png", "--truncation", "0")
    assert answer.out.splitlines() == ["grid.png"]
    assert pixels("grid.png").shape == (17, 17)
    assert set(np.unique(pixels("grid.png"))) == {0, 128}
    assert not list(home.glob("colorize*"))
    run("-n", "3", "--grid", "again.png", "--truncation", "0", "-o", "out")
    assert pixels("again.png").tolist() == pixels("grid.png").tolist()
    assert len(list((home / "out").iterdir())) == 3


def test_rows_between_latents(run: Run, samplers: list[Plain]) -> None:
    run("--interpolate", "3", "-n", "2", "--grid", "rows.png", "--bare", "--seed", "2")
    sheet, ends = pixels("rows.png"), normal_latents(range(4), 2, 2)
    assert sheet.shape == (17, 26)
    middle = (ends[:1] + ends[1:2]) / 2
    assert [sheet[0, 0], sheet[0, 9], sheet[0, 18]] == [
        levels(each[None])[0][0] for each in (ends[0], middle[0], ends[1])
    ]
    assert sheet[9, 0] == levels(ends[2:3])[0][0]


def test_rows_along_a_direction(run: Run, samplers: list[Plain]) -> None:
    run("--edit", "sefa-1=-2:2", "--interpolate", "3", "-n", "2", "--grid", "rows.png", "--seed", "2")
    sheet, latents = pixels("rows.png"), normal_latents(range(2), 2, 2)
    step = 2 * normal_latents(range(512), 0, 2)[:, 1].std()
    for row in range(2):
        wanted = [levels(latents[row : row + 1] + at * step)[0][1] for at in (-1, 0, 1)]
        found = [int(sheet[9 * row, column]) for column in (7, 16, 25)]
        assert np.abs(np.subtract(found, wanted)).max() <= 1


@pytest.mark.parametrize("name", ["walk.gif", "walk.webp"])
def test_a_walk_is_a_moving_picture(run: Run, samplers: list[Plain], name: str) -> None:
    answer = run("--walk", name, "-n", "3", "--interpolate", "4", "--bare")
    assert answer.out.splitlines() == [name]
    with Image.open(name) as picture:
        assert picture.n_frames == 12
        assert picture.info["loop"] == 0
        picture.seek(4)
        found = np.asarray(picture.convert("L"))[0, 0]
    assert abs(int(found) - levels(normal_latents([1], 0, 2))[0][0]) <= 1


def test_a_projection_comes_back_by_its_latent(run: Run, home: Path, samplers: list[Plain]) -> None:
    Image.fromarray(np.repeat(np.uint8([[200, 90]]), 2, axis=0).repeat(20, 0).repeat(20, 1)).save("a.png")
    answer = run("--project", "a.png", "--steps", "80")
    assert answer.out.startswith("a_colorize.png: ")
    assert "latent in a_colorize.safetensors" in answer.out
    made = pixels("a_colorize.png")
    assert np.abs(made[0, [0, 7]].astype(int) - [200, 90]).max() <= 6
    run("--latent", "a_colorize.safetensors", "-o", "out")
    assert pixels("out/colorize-latent-a_colorize-00000.png").tolist() == made.tolist()
    again = run("--project", "a.png")
    assert (again.code, again.err.count("\n")) == (2, 1)


def test_augmentation_counts(run: Run, home: Path, samplers: list[Plain]) -> None:
    (home / "real").mkdir()
    answer = run("--augment", "real", "--per-class", "3", "-o", "made", "--batch", "8")
    rows = [line.split() for line in answer.out.splitlines()]
    assert rows[0][:3] == ["class", "drawn", "kept"]
    assert [row[0] for row in rows[1:3]] == ["a", "b"]
    assert answer.code == (0 if all(row[2] == "3" for row in rows[1:3]) else 1)
    assert (home / "made/manifest.json").exists()
    again = run("--augment", "real", "--per-class", "3", "-o", "made")
    assert (again.code, again.err.count("is not empty")) == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--weights", "a", "--weights", "b"], 2, "need 1 weights and --weights names 2"),
        (["--weights", "nothing"], 1, "there is no weight 'nothing'"),
        (["--device", "tpu"], 2, "tpu is no device"),
        (["--count", "0"], 2, "-n"),
        (["-n", "-1"], 2, "-n"),
        (["--gain", "nan"], 1, "not finite"),
        (["--class", "d"], 2, "there is no class 'd'; the classes are a, b, c"),
        (["--class", "a", "--bare"], 2, "no class that is asked for"),
        (["--truncation", "1.2"], 2, "--truncation"),
        (["--truncation", "0.5", "--bare"], 2, "no truncation"),
        (["--edit", "sefa-1"], 2, "cannot read --edit"),
        (["--edit", "smile=1"], 2, "there is no direction 'smile'"),
        (["--edit", "sefa-1=1:2"], 2, "add --interpolate"),
        (["--edit", "sefa-1=1:2", "--walk", "a.gif", "--interpolate", "8"], 2, "--walk takes one amount"),
        (["--edit", "sefa-1=1:2:3"], 2, "cannot read --edit"),
        (["--latent", "none.safetensors"], 2, "holds no latent"),
        (["--interpolate", "1"], 2, "--interpolate"),
        (["--grid", "grid.txt"], 2, "no format that can be written"),
        (["--grid", "none/grid.png"], 2, "there is no folder none"),
        (["--walk", "walk.mp4"], 2, "no moving picture"),
        (["--walk", "walk.gif", "-n", "1"], 2, "leads nowhere"),
        (["--walk", "walk.gif", "--project", "a.png"], 2, "two things"),
        (["--project", "none.png"], 2, "there is no picture none.png"),
        (["--project", "none.png", "--class", "a"], 2, "takes no --class"),
        (["--augment", "none"], 2, "there is no none"),
        (["--steps", "300"], 2, "--steps is for --project alone; leave it out, or add --project"),
        (["--per-class", "3"], 2, "--per-class is for --augment alone"),
        (["--gauge", "fine"], 2, "--gauge is for --augment alone"),
    ],
)
@pytest.mark.usefixtures("samplers")
def test_what_cannot_be_is_one_line(
    run: Run, home: Path, arguments: list[str], code: int, words: str
) -> None:
    answer = run("--device", "cpu", "--json", *arguments)
    assert answer.code == code
    assert words in answer.err
    assert answer.err.count("\n") == 1
    assert not list(home.glob("*.png"))
