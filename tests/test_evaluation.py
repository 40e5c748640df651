"""The evaluation loop with a task of its own: an enhancer that repeats pixels, a metric that subtracts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest
import torch
import typer
from PIL import Image
from torch import Tensor, nn

from gantool.errors import PluginError, UsageError
from gantool.evaluation import Evaluation, Score, evaluate
from gantool.images import ArrayPicture
from gantool.images.searching import find_pictures
from gantool.inference.result import Settings
from gantool.task import AnyTask, Box, Case, Enhance, Evaluate, Geometry, Picture, Task
from gantool.weights import files
from gantool.weights.card import Card


@dataclass(frozen=True)
class Options:
    weights: Annotated[int, typer.Option(help="How many weights are needed.")] = 1


class Repeater:
    """Repeats each pixel, and adds the extra picture `offset` where there is one."""

    geometry = Geometry(scale=2)
    channels = 3

    def __init__(self) -> None:
        self.module: nn.Module = nn.Conv2d(3, 3, 1)

    def prepare(self, whole: Picture, extras: Mapping[str, Picture]) -> float:
        return float(extras["offset"].reduced(1).mean()) if extras else 0.0

    def describe(self, state: float) -> str:
        return ""

    def regions(self, state: float) -> Sequence[Box] | None:
        return None

    def __call__(self, image: Tensor, box: Box, state: float) -> Tensor:
        return image.repeat_interleave(2, -1).repeat_interleave(2, -2) + state


def mean_error(output: Tensor, clean: Tensor, case: Case) -> float:
    return float((output - clean).double().mean())


TASK: AnyTask = Task(
    name="toy",
    summary="",
    enhance=Enhance(
        Options,
        lambda options: tuple(f"toy-{index}" for index in range(options.weights)),
        lambda options, weights: Repeater(),
    ),
    evaluate=Evaluate(Options, lambda options, folder: (), lambda options: {"error": mean_error}, str),
)


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in ("toy-0", "toy-1", "spare"):
        card = Card(id=name, task="toy", architecture="none", config={}, licence="CC0-1.0")
        files.save(folder / f"{name}.safetensors", {"x": torch.zeros(1)}, card)
    monkeypatch.setenv("GANTOOL_WEIGHTS", str(folder))
    return folder


def grey(value: int, side: int) -> ArrayPicture:
    return ArrayPicture(np.full((side, side, 1), value, np.uint8))


def case(name: str, given: int, wanted: int, **extras: Picture) -> Case:
    return Case(name, degraded=grey(given, 8), clean=grey(wanted, 16), extras=extras)


def measure(cases: Sequence[Case], task: AnyTask = TASK, **more: Any) -> Any:
    return evaluate(task, more.pop("options", Options()), cases, settings=Settings("cpu"), **more)


def test_figures_of_each_case_and_their_mean() -> None:
    seen: list[Score] = []
    found = measure([case("a", 51, 0), case("b", 102, 0)], watch=seen.append)
    assert [score.name for score in found.scores] == ["a", "b"]
    assert [score.figures["error"] for score in found.scores] == pytest.approx([0.2, 0.4])
    assert found.means == pytest.approx({"error": 0.3})
    assert seen == list(found.scores)
    assert (found.task, found.precision in {"fp32", "bf16"}) == ("toy", True)
    assert found.device.startswith("cpu")


def test_extras_of_a_case_reach_prepare() -> None:
    found = measure([case("a", 51, 51, offset=grey(102, 4))])
    assert found.means["error"] == pytest.approx(0.4)


def test_outputs_are_rounded_to_8_bit_unless_the_task_says_not() -> None:
    fraction = ArrayPicture(np.full((4, 4, 1), 100, np.uint16))  # 0.39 of an 8-bit step
    cases = [case("a", 0, 0, offset=fraction)]
    assert measure(cases).means["error"] == 0.0
    assert TASK.evaluate is not None
    exact = replace(TASK, evaluate=replace(TASK.evaluate, round_to_8_bit=False))
    assert measure(cases, exact).means["error"] == pytest.approx(100 / 65535)


def test_named_weights_take_the_place_of_the_usual_ones(store: Path) -> None:
    cases = [case("a", 0, 0)]
    assert [weight.id for weight in measure(cases).weights] == ["toy-0"]
    assert [weight.id for weight in measure(cases, weights=["spare"]).weights] == ["spare"]
    by_path = measure(cases, weights=[str(store / "toy-1.safetensors")]).weights
    assert [weight.id for weight in by_path] == ["toy-1"]
    assert by_path[0].sha256 == files.load(store / "toy-1.safetensors", task="toy").sha256


def test_as_many_weights_as_are_needed() -> None:
    with pytest.raises(UsageError, match=r"need 2 weights and --weights names 1.*toy-0, toy-1"):
        measure([case("a", 0, 0)], options=Options(weights=2), weights=["spare"])


def test_an_output_of_another_size_is_the_plugins_fault() -> None:
    wrong = Case("a", degraded=grey(0, 8), clean=grey(0, 15))
    with pytest.raises(
        PluginError, match="a: the output is 16 x 16 with 1 channel, the clean picture 15 x 15"
    ):
        measure([wrong])


def test_nothing_to_measure_is_said() -> None:
    with pytest.raises(UsageError, match="nothing to measure toy on"):
        measure([])


def test_a_task_that_cannot_enhance_is_refused() -> None:
    with pytest.raises(PluginError, match="needs both enhance and evaluate"):
        measure([case("a", 0, 0)], replace(TASK, enhance=None))


def test_pictures_are_found_at_any_depth_and_sorted(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for name in ("b.png", "sub/a.JPG", ".hidden/c.png", "notes.txt"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4)).save(path, "PNG")
    assert find_pictures(folder) == (folder / "b.png", folder / "sub" / "a.JPG")


def test_links_to_folders_are_followed_and_never_in_circles(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    for path in (
        folder / "real" / "a.png",
        tmp_path / "far" / "deep" / "b.png",
        tmp_path / "far" / ".c" / "d.png",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4)).save(path)
    (folder / "far").symlink_to(tmp_path / "far")
    (folder / "far again").symlink_to(tmp_path / "far" / "deep")
    (folder / "a way to real").symlink_to(folder / "real")
    (folder / "real" / "above").symlink_to(folder)
    (folder / ".hidden").symlink_to(tmp_path / "far")
    (tmp_path / "far" / "deep" / "circle").symlink_to(tmp_path / "far")
    found = find_pictures(folder)
    assert found == (folder / "far" / "deep" / "b.png", folder / "real" / "a.png")
    assert find_pictures(tmp_path / "data" / "far") == (folder / "far" / "deep" / "b.png",)


def test_folders_without_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="missing is not a folder"):
        find_pictures(tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="empty holds no pictures"):
        find_pictures(tmp_path / "empty")


def test_groups_get_means_of_their_own() -> None:
    scores = tuple(
        Score(name, {"error": value}, 0.0, group=group)
        for name, value, group in (("a", 1.0, "light"), ("b", 3.0, "light"), ("a", 8.0, "heavy"))
    )
    found = Evaluation("toy", "", (), "cpu", "fp32", scores)
    assert found.means == {"error": 4.0}
    assert found.group_means == {"light": {"error": 2.0}, "heavy": {"error": 8.0}}
