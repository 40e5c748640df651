"""Enhancers and options with one thing broken each, and a plugin whose help is heavy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import pytest
import torch
import torch.nn.functional as functional
import typer
from torch import Tensor

from gantool.errors import PluginError
from gantool.task import (
    AnyTask,
    Box,
    Enhance,
    Geometry,
    Graph,
    GraphInput,
    KnownWeight,
    LoadedWeight,
    Picture,
    Task,
)
from gantool.testing import Check, ContractError, check_task
from tests.contract.test_broken_training import sentences
from tests.contract.toy import Options, ToyEnhancer, network, toy_task
from tests.distributions import SOUND, install


class Untrained(ToyEnhancer):
    def __init__(self, options: Options, weights: Sequence[LoadedWeight]) -> None:
        torch.manual_seed(0)
        self.module = network().eval()


def test_an_enhancer_that_ignores_its_weight() -> None:
    said = sentences(toy_task(enhancer=Untrained), Check.ROUND_TRIP)
    assert "load the weight's tensors into the network" in said


class Doubled(ToyEnhancer):
    def __call__(self, image: Tensor, box: Box, state: Any) -> Tensor:
        return super().__call__(image, box, state).repeat(1, 1, 2, 2)


class EvenOnly(ToyEnhancer):
    def __call__(self, image: Tensor, box: Box, state: Any) -> Tensor:
        return super().__call__(image, box, state)[..., : image.shape[2] // 2 * 2, :]


class Silent(ToyEnhancer):
    geometry = Geometry(halo=2, exact=False)


@pytest.mark.parametrize(
    ("enhancer", "says"),
    [
        (Doubled, "must state scale"),
        (EvenOnly, "must state scale and multiple_of truly"),
        (Silent, "say why tiles are not exact"),
    ],
)
def test_geometry(enhancer: type[ToyEnhancer], says: str) -> None:
    assert says in sentences(toy_task(enhancer=enhancer), Check.GEOMETRY)


class NoNarrowOnes(ToyEnhancer):
    def __call__(self, image: Tensor, box: Box, state: Any) -> Tensor:
        return super().__call__(image, box, state) / (image.shape[-1] - 1)


class Unpaddable(ToyEnhancer):
    def __call__(self, image: Tensor, box: Box, state: Any) -> Tensor:
        return super().__call__(functional.pad(image, (2, 2, 2, 2), "reflect")[..., 2:-2, 2:-2], box, state)


@pytest.mark.parametrize(
    ("enhancer", "says"),
    [(NoNarrowOnes, "for 1 x 1 pixels with 3 channels is not finite"), (Unpaddable, "at 1 x 1 pixels with")],
)
def test_the_size_that_an_enhancer_fails_at_is_told(enhancer: type[ToyEnhancer], says: str) -> None:
    assert says in sentences(toy_task(enhancer=enhancer), Check.GEOMETRY)


@pytest.mark.parametrize(
    ("name", "value"), [("scale", 0), ("scale", 1.5), ("multiple_of", 0), ("halo", -1), ("halo", 3.5)]
)
def test_a_geometry_that_no_tile_can_be_cut_by(name: str, value: float) -> None:
    with pytest.raises(PluginError, match=rf"Geometry\.{name} is {value}; it is a whole number"):
        Geometry(**{name: value})  # type: ignore[arg-type]


class Elsewhere(ToyEnhancer):
    graph = Graph("body")


class Uncalled(ToyEnhancer):
    graph = Graph("0")

    def __call__(self, image: Tensor, box: Box, state: Any) -> Tensor:
        output: Tensor = self.module[2](functional.conv2d(image, self.module[0].weight, padding=1))
        return output


class MoreInputs(ToyEnhancer):
    graph = Graph(inputs=(GraphInput("sigma", (1,)),))


class Stated(ToyEnhancer):
    graph = Graph()


@pytest.mark.parametrize(
    ("enhancer", "says"),
    [
        (Elsewhere, "Graph.network is 'body', and the module of Elsewhere has no such part"),
        (Uncalled, "does not call what Graph.network names"),
        (MoreInputs, "Graph.inputs states other shapes"),
    ],
)
def test_graphs(enhancer: type[ToyEnhancer], says: str) -> None:
    assert says in sentences(toy_task(enhancer=enhancer), Check.GRAPH)


def test_a_graph_that_is_what_it_states() -> None:
    assert check_task(toy_task(enhancer=Stated), only=[Check.GRAPH]) == (Check.GRAPH,)


class ShortHalo(ToyEnhancer):
    geometry = Geometry(halo=1)


class Global(ToyEnhancer):
    def __call__(self, image: Tensor, box: Box, state: Any) -> Tensor:
        return super().__call__(image, box, state) - image.mean()


@pytest.mark.parametrize("enhancer", [ShortHalo, Global])
def test_tiles(enhancer: type[ToyEnhancer]) -> None:
    assert "tiles differ from one piece" in sentences(toy_task(enhancer=enhancer), Check.TILES)


class Placed(ToyEnhancer):
    geometry = Geometry(halo=2, turnable=True)

    def __call__(self, image: Tensor, box: Box, state: Any) -> Tensor:
        ramp = torch.linspace(0, 1, image.shape[-1]).expand_as(image)  # a place's own, whichever way up
        return super().__call__(image, box, state) + ramp.square() * (image.shape[-1] == box.width)


def test_views() -> None:
    class Turnable(ToyEnhancer):
        geometry = Geometry(halo=2, turnable=True)

    check_task(toy_task(enhancer=Turnable), only=[Check.VIEWS])
    assert "turnable=False" in sentences(toy_task(enhancer=Placed), Check.VIEWS)


class Noisy(ToyEnhancer):
    def __call__(self, image: Tensor, box: Box, state: Any) -> Tensor:
        return super().__call__(image, box, state) + 0.1 * torch.randn_like(image)


class Remembering(ToyEnhancer):
    seen = 0

    def prepare(self, whole: Picture, extras: Mapping[str, Picture]) -> int:
        self.seen += 1
        return self.seen

    def __call__(self, image: Tensor, box: Box, state: int) -> Tensor:
        return super().__call__(image, box, state) * state


@pytest.mark.parametrize("enhancer", [Noisy, Remembering])
def test_output_repeats(enhancer: type[ToyEnhancer]) -> None:
    assert "makes two pictures of one" in sentences(toy_task(enhancer=enhancer), Check.OUTPUT_REPEATS)


@dataclass
class Changeable:
    strength: Annotated[float, typer.Option(help="How much.")] = 1.0


@dataclass(frozen=True)
class Helpless:
    strength: Annotated[float, typer.Option()] = 1.0


@dataclass(frozen=True)
class Bare:
    strength: float = 1.0


@dataclass(frozen=True)
class Needy:
    strength: Annotated[float, typer.Option(help="How much.")]


@dataclass(frozen=True)
class Taken:
    output: Annotated[str, typer.Option(help="Where to.")] = ""


@dataclass(frozen=True)
class SelfRefusing:
    strength: Annotated[float, typer.Option(help="How much.")] = 2.0

    def __post_init__(self) -> None:
        raise ValueError("too much")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (Changeable, "write @dataclass(frozen=True)"),
        (Helpless, "Helpless.strength has no help"),
        (Bare, "not Annotated with one typer.Option"),
        (Needy, "has no default"),
        (Taken, "already an option of"),
        (SelfRefusing, "choose defaults that work"),
        (dict, "is not a dataclass"),
    ],
)
def test_options(options: type[Any], says: str) -> None:
    task = replace(toy_task(), enhance=Enhance(options, lambda chosen: (), ToyEnhancer))
    assert says in sentences(task, Check.OPTIONS)


@dataclass(frozen=True)
class Times:
    begun: Annotated[datetime, typer.Option(help="When.")] = datetime(2026, 1, 1)


def test_a_task_without_summary_or_capability_and_options_that_a_run_cannot_keep() -> None:
    said = sentences(Task(name="toy", summary=""), Check.OPTIONS)
    assert "Task.summary must be one line" in said
    assert "the task offers nothing" in said
    assert "cannot be read back from run.json" in sentences(toy_task(options=Times), Check.OPTIONS)


@pytest.mark.parametrize(
    ("weight", "says"),
    [
        (KnownWeight("a b", "s", "CC0-1.0", url="u", sha256="0"), "cannot be an id"),
        (KnownWeight("toy", "", "CC0-1.0", url="u", sha256="0"), "lacks a summary or a licence"),
        (KnownWeight("toy", "s", "CC0-1.0", url="u"), "neither a path in the package nor a url"),
        (KnownWeight("toy", "s", "CC0-1.0", url="u", sha256="0" * 64), "u is no address of a file"),
        (KnownWeight("toy", "s", "CC0-1.0", url="hf:a/b", sha256="12"), "--sha256 12 is none"),
    ],
)
def test_known_weights(weight: KnownWeight, says: str) -> None:
    assert says in sentences(replace(toy_task(), known_weights=(weight,)), Check.KNOWN_WEIGHTS)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], AnyTask]:
    """Install a plugin of this source and return the complaint about its help."""
    monkeypatch.syspath_prepend(tmp_path)

    def complaint(source: str, name: str) -> Any:
        install(tmp_path, f"gantool-{name}", name, source, module=f"{name}_plugin")
        with pytest.raises(ContractError) as caught:
            check_task(name, only=[Check.HELP, Check.KNOWN_WEIGHTS])
        return str(caught.value)

    return complaint


def test_a_heavy_help_is_found(installed: Callable[[str, str], str]) -> None:
    said = installed("import torch\n" + SOUND.replace("colorize", "heavy"), "heavy")
    assert "--help imports torch" in said


def test_a_weight_that_is_not_in_the_package(installed: Callable[[str, str], str]) -> None:
    known = 'known_weights=(KnownWeight("w", "s", "CC0-1.0", path="weights/w.safetensors"),)'
    source = SOUND.replace("import Enhance, Task", "import Enhance, KnownWeight, Task")
    source = source.replace("enhance=enhance)", f"enhance=enhance, {known})").replace("colorize", "wanting")
    assert "is it in the wheel?" in installed(source, "wanting")
